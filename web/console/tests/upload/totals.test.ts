import type { UploadItem } from '@foveal/client'
import { describe, expect, it } from 'vitest'
import { Speed, totalsOf } from '../../src/upload/totals'

const item = (status: UploadItem['status'], sizeBytes: number, sentBytes = 0) =>
  ({ status, sizeBytes, sentBytes }) as UploadItem

describe('totalsOf', () => {
  it('counts a ready file as sent, and leaves paused and failed ones out of what is left', () => {
    const found = totalsOf([
      item('ready', 100),
      item('sending', 50, 20),
      item('queued', 30),
      item('paused', 40, 10),
      item('failed', 7, 7),
    ])
    expect(found).toMatchObject({ count: 5, sizeBytes: 227, sentBytes: 137, running: 2, leftBytes: 60 })
    expect(found.by).toMatchObject({ ready: 1, sending: 1, queued: 1, paused: 1, failed: 1, processing: 0 })
  })
})

describe('Speed', () => {
  it('is not known before a second was measured', () => {
    const speed = new Speed()
    speed.measure(0, 0)
    speed.measure(500, 500)
    expect(speed.bytesPerSecond).toBeUndefined()
  })

  it('follows the last seconds, and an upload that is taken out is no movement', () => {
    const speed = new Speed()
    for (let second = 0; second <= 10; second += 1) speed.measure(second * 1000, second * 1000)
    expect(speed.bytesPerSecond).toBe(1000)
    speed.measure(4000, 11_000)
    for (let second = 12; second <= 30; second += 1) speed.measure(4000 + (second - 11) * 3000, second * 1000)
    expect(speed.bytesPerSecond).toBe(3000)
  })
})
