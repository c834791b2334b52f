/** What the first picture of a gallery does not need is loaded after it; on other pages at once. */
import { loaded } from './loaded'

/** Time after which it is loaded in any case. */
const MAX_WAIT_MS = 10_000
const IS_GALLERY = /\/assets\/?$/.test(location.pathname)

let resolve: () => void
const pictures = new Promise<void>((done) => {
  resolve = done
})
setTimeout(() => resolve(), IS_GALLERY ? MAX_WAIT_MS : 0)

/** Tell that a picture is shown, or that there is none. */
export const pictureIsShown = (): void => resolve()

/** Load a module once the first picture is shown. */
export const afterPictures = <T>(load: () => Promise<T>): Promise<T> => pictures.then(() => loaded(load))
