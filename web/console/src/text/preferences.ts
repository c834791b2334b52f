/** Theme and language that a person chose, kept in this browser; the system's where nothing was chosen. */
import { useSyncExternalStore } from 'react'

export type Theme = 'system' | 'light' | 'dark'
export type Locale = 'en' | 'de'

export const LOCALES: Record<Locale, string> = { en: 'English', de: 'Deutsch' }

const listeners = new Set<() => void>()

function read(name: string): string | null {
  try {
    return localStorage.getItem(`foveal.${name}`)
  } catch {
    return null // storage is forbidden: the system's choice holds
  }
}

function write(name: string, value: string): void {
  try {
    localStorage.setItem(`foveal.${name}`, value)
  } catch {
    // the choice holds until the page is left
  }
}

function systemLocale(): Locale {
  return navigator.languages.some((each) => /^(de|en)\b/.test(each)) &&
    navigator.languages.find((each) => /^(de|en)\b/.test(each))?.startsWith('de')
    ? 'de'
    : 'en'
}

let theme = (read('theme') ?? 'system') as Theme
let locale = (read('locale') ?? systemLocale()) as Locale

function apply(): void {
  document.documentElement.lang = locale
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
  for (const listener of listeners) listener()
}

export function setTheme(chosen: Theme): void {
  theme = chosen
  write('theme', chosen)
  apply()
}

export function setLocale(chosen: Locale): void {
  locale = chosen
  write('locale', chosen)
  apply()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export const currentLocale = (): Locale => locale
export const useLocale = (): Locale => useSyncExternalStore(subscribe, () => locale)
export const useTheme = (): Theme => useSyncExternalStore(subscribe, () => theme)

apply()
