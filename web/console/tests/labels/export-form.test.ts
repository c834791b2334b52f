import { describe, expect, it } from 'vitest'
import { bodyOf, kindsOf } from '../../src/labels/export-form'

const form = { format: 'yolo', options: { task: ' ' }, layers: ' a, ,b ', fileName: ' ', schema: undefined }

describe('bodyOf', () => {
  it('leaves out what was not filled in', () => {
    expect(bodyOf(form, { kind: 'everything', view: 'v', importId: 'i' }, {})).toEqual({
      format: 'yolo',
      fields: ['a', 'b'],
    })
  })

  it('names one source, of what another screen handed over', () => {
    const source = { view: 'v', importId: 'i' }
    const given = { assetIds: ['x'], dataset: { name: 'birds', version: 3 } }
    expect(bodyOf(form, { ...source, kind: 'selection' }, given)).toMatchObject({ asset_ids: ['x'] })
    expect(bodyOf(form, { ...source, kind: 'dataset' }, given)).toMatchObject({ dataset: 'birds', version: 3 })
    expect(bodyOf(form, { ...source, kind: 'dataset' }, given)).not.toHaveProperty('asset_ids')
    expect(bodyOf(form, { ...source, kind: 'view' }, given)).toMatchObject({ view: 'v' })
  })
})

it('offers first what another screen handed over', () => {
  expect(kindsOf({})).toEqual(['everything', 'view', 'import'])
  expect(kindsOf({ dataset: { name: 'birds', version: 1 } })[0]).toBe('dataset')
  expect(kindsOf({ view: 'v' })).toEqual(['view', 'everything', 'import'])
})
