/** Texts of a screen in every language: typed, so that no language can lack one. */
import { currentLocale, type Locale, useLocale } from './preferences'

type Entry = string | ((...values: never[]) => string)
type Entries = Record<string, Entry>
type SameAs<T extends Entries> = { [K in keyof T]: T[K] extends string ? string : T[K] }

export interface Catalogue<T> {
  /** Return the texts in the language of the page; the component renders again when that changes. */
  use(): T
  /** Return the texts in the language of the page, outside components. */
  now(): T
}

/** Declare the texts of a screen; a function makes a text from values, for example a count. */
export function catalogue<const T extends Entries>(en: T, de: SameAs<T>): Catalogue<SameAs<T>> {
  const texts: Record<Locale, SameAs<T>> = { en: en as SameAs<T>, de }
  return { use: () => texts[useLocale()], now: () => texts[currentLocale()] }
}

/** Choose a word by the plural rules of a language: `plural('en', 2, { one: 'asset', other: 'assets' })`. */
export function plural(locale: Locale, count: number, words: { one: string; other: string }): string {
  return intl(Intl.PluralRules, locale).select(count) === 'one' ? words.one : words.other
}

/** Numbers, sizes and times as the language of the page writes them. */
export function useFormats(): Formats {
  return FORMATS[useLocale()]
}

const made = new Map<string, unknown>()

/** Return a formatter of `Intl` made once for a language and options: making one takes up to a millisecond. */
export function intl<T, O>(Kind: new (locale: string, options?: O) => T, locale: Locale, options?: O): T {
  const key = `${Kind.name} ${locale} ${JSON.stringify(options)}`
  const known = made.get(key) ?? new Kind(locale, options)
  made.set(key, known)
  return known as T
}

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const

function formatsOf(locale: Locale) {
  return {
    number: (value: number, digits = 0) =>
      intl(Intl.NumberFormat, locale, { maximumFractionDigits: digits }).format(value),
    percent: (value: number) => intl(Intl.NumberFormat, locale, { style: 'percent' }).format(value),
    bytes(value: number) {
      const power = value < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(value) / 3))
      return intl(Intl.NumberFormat, locale, {
        style: 'unit',
        unit: UNITS[power] ?? 'byte',
        unitDisplay: 'short',
        maximumFractionDigits: power === 0 || value / 1000 ** power >= 100 ? 0 : 1,
      }).format(value / 1000 ** power)
    },
    time: (value: string | number | Date) =>
      intl(Intl.DateTimeFormat, locale, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(value)),
    day: (value: string | number | Date) =>
      intl(Intl.DateTimeFormat, locale, { dateStyle: 'medium' }).format(new Date(value)),
    list: (values: string[]) => intl(Intl.ListFormat, locale).format(values),
  }
}

type Formats = ReturnType<typeof formatsOf>
const FORMATS: Record<Locale, Formats> = { en: formatsOf('en'), de: formatsOf('de') }

export const formats = (locale: Locale): Formats => FORMATS[locale]
