import { describe, expect, it } from 'vitest'
import { refusalOf, type UploadRules } from '../../src/upload/rules'

const rules = { allowed_types: ['image/*', 'video/mp4', 'application/dicom'], max_object_bytes: 1000 } as UploadRules
const file = (type: string, size = 10) => refusalOf({ type, size }, rules)

describe('refusalOf', () => {
  it('lets through what a pattern of the deployment names', () => {
    expect(['image/png', 'image/x-new', 'video/mp4', 'IMAGE/JPEG; q=1'].map((type) => file(type))).toEqual(
      Array(4).fill(undefined),
    )
  })

  it('refuses another type and names it and those that are accepted', () => {
    expect(file('text/plain')).toEqual({ code: 'type', type: 'text/plain', allowed: rules.allowed_types })
    expect(file('video/quicktime')?.code).toBe('type')
  })

  it('leaves a type that says little to the server', () => {
    expect(file('')).toBeUndefined()
    expect(file('application/octet-stream')).toBeUndefined()
    expect(file('application/mp4')).toBeUndefined()
  })

  it('refuses empty files and those above the limit, which itself is let through', () => {
    expect(file('image/png', 0)).toEqual({ code: 'empty' })
    expect(file('image/png', 1000)).toBeUndefined()
    expect(file('image/png', 1001)).toEqual({ code: 'size', maxBytes: 1000 })
  })
})
