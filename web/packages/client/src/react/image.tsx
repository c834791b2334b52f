/** Pictures of assets: of their size before they are loaded, by URLs that are renewed. */
import { type ComponentProps, type ReactElement, type ReactNode, useEffect, useRef, useState } from 'react'
import type { SignedState } from '../signer.js'
import { type Renditions, useFoveal } from './context.js'

/** What a picture needs to know of an asset; width and height are in pixels as displayed. */
export interface PictureAsset {
  asset_id: string
  width?: number | null
  height?: number | null
}

export interface FovealImageProps extends Omit<ComponentProps<'img'>, 'src' | 'srcSet' | 'alt'> {
  asset: PictureAsset
  /** A rendition, or `original`; `thumbnail` by default. */
  variant?: string
  /** As of `img`. With it the browser chooses among the renditions of the provider; without it `variant` is shown. */
  sizes?: string
  /** Text for those who do not see the picture; empty for decoration. */
  alt: string
  /** Shown in place of a picture that cannot be had. */
  fallback?: ReactNode
}

/** Show a rendition of an asset. A URL that has expired is renewed once; then `onError` is called. */
export function FovealImage(props: FovealImageProps): ReactElement {
  const { asset, variant = 'thumbnail', sizes, alt, fallback, onLoad, onError, ...others } = props
  const { renditions } = useFoveal()
  const sizeOf = (name: string) => sizeOfRendition(asset, renditions[name])
  const variants = sizes ? choices(asset, renditions, variant) : [variant]
  const { urls, problem, loaded, failed } = useUrls(asset.asset_id, variants)
  const size = sizeOf(variant)
  const known = variants.filter((name) => urls[name])
  const src = urls[variant] ?? (known[0] && urls[known[0]])
  if (problem && !src && fallback !== undefined) return <>{fallback}</>
  const srcSet = known.map((name) => `${urls[name]} ${sizeOf(name)?.width}w`).join(', ')
  return (
    <img
      loading="lazy"
      decoding="async"
      {...(size ?? {})}
      {...others}
      alt={alt}
      {...(sizes && known.length > 1 ? { sizes, srcSet } : {})}
      src={src ?? emptyPicture(size)}
      onLoad={(event) => {
        if (!src) return
        loaded()
        onLoad?.(event)
      }}
      onError={(event) => {
        if (src && !failed()) onError?.(event)
      }}
    />
  )
}

interface Urls {
  /** URLs by variant; a picture that is loaded keeps those that it has. */
  urls: Record<string, string>
  problem: unknown
  loaded(): void
  /** Renew the URLs; returns false when that was done already. */
  failed(): boolean
}

function useUrls(assetId: string, variants: string[]): Urls {
  const { signer } = useFoveal()
  const key = JSON.stringify([assetId, variants])
  const peeked = () => Object.fromEntries(variants.flatMap((name) => pair(name, signer.peek(assetId, name)?.url)))
  const [state, setState] = useState({ key, urls: peeked(), problem: undefined as unknown, isLoaded: false })
  const current = state.key === key ? state : { key, urls: peeked(), problem: undefined, isLoaded: false }
  if (current !== state) setState(current)
  const isRenewed = useRef(false)

  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for the asset and its variants
  useEffect(() => {
    if (current.isLoaded) return
    const stops = variants.map((name) =>
      signer.watch(assetId, name, ({ signed, error }: SignedState) => {
        setState((before) => {
          if (before.key !== key || before.isLoaded) return before
          if (!signed) return { ...before, problem: error }
          if (before.urls[name] === signed.url) return before
          return { ...before, problem: undefined, urls: { ...before.urls, [name]: signed.url } }
        })
      }),
    )
    return () => {
      for (const stop of stops) stop()
    }
  }, [signer, key, current.isLoaded])

  return {
    urls: current.urls,
    problem: current.problem,
    loaded() {
      isRenewed.current = false
      if (!current.isLoaded) setState((before) => ({ ...before, isLoaded: true }))
    },
    failed() {
      if (isRenewed.current) return false
      isRenewed.current = true
      const failing = Object.entries(current.urls)
      setState((before) => ({ ...before, urls: {}, isLoaded: false })) // also the same URL is then loaded anew
      for (const [name, url] of failing) signer.renew(assetId, name, url).catch(() => {}) // told to those who watch
      return failing.length > 0
    },
  }
}

const pair = (name: string, url: string | undefined): [string, string][] => (url ? [[name, url]] : [])

/** Return the renditions to choose from, one of each width: a small picture is the same in all of them. */
function choices(asset: PictureAsset, renditions: Renditions, variant: string): string[] {
  const byWidth = new Map<number | undefined, string>()
  for (const name of [variant, ...Object.keys(renditions)]) {
    const width = sizeOfRendition(asset, renditions[name])?.width
    if (name === variant || (width !== undefined && !byWidth.has(width))) byWidth.set(width, name)
  }
  return [...byWidth.values()]
}

/** Return the pixels of a rendition: within its width and twice that height, never enlarged (docs/derivatives.md). */
function sizeOfRendition({ width, height }: PictureAsset, bound = Number.POSITIVE_INFINITY) {
  if (!width || !height) return undefined
  const scale = Math.min(1, bound / width, (2 * bound) / height)
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

/** A picture of the right shape until there is a URL: without a `src`, `width` and `height` have no effect. */
function emptyPicture(size = { width: 4, height: 3 }): string {
  const view = `viewBox='0 0 ${size.width} ${size.height}'`
  return `data:image/svg+xml,${encodeURIComponent(`<svg xmlns='http://www.w3.org/2000/svg' ${view}/>`)}`
}
