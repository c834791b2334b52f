/** Authors in words: the API names them by the subject of their token. */
import { catalogue } from '../text/catalogue'
import { useApp } from './context'

const texts = catalogue({ you: 'you' }, { you: 'Sie' })
const UUID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/

/** Return a function that names an author: the caller as such, a long id by its beginning. */
export function useAuthorWords(): (subject: string) => string {
  const text = texts.use()
  const { subject: own } = useApp().account
  return (subject) => (subject === own ? text.you : UUID.test(subject) ? subject.slice(0, 8) : subject)
}
