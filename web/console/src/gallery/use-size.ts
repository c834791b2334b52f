import { useState } from 'react'
import type { Size } from './grid/use-scroll'

const KEY = 'foveal.gallery-size'
const SIZES: readonly Size[] = ['small', 'medium', 'large']

/** Size of the pictures, kept in this browser. */
export function useSize(): [Size, (size: Size) => void] {
  const [size, setSize] = useState<Size>(() => {
    try {
      const stored = localStorage.getItem(KEY) as Size
      return SIZES.includes(stored) ? stored : 'medium'
    } catch {
      return 'medium' // storage is forbidden
    }
  })
  const set = (next: Size) => {
    setSize(next)
    try {
      localStorage.setItem(KEY, next)
    } catch {
      // holds until the page is left
    }
  }
  return [size, set]
}
