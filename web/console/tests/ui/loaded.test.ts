// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { loaded } from '../../src/ui/loaded'

describe('loaded', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  const failing = (times: number) => {
    let count = 0
    return vi.fn(async () => {
      count += 1
      if (count <= times) throw new TypeError(`attempt ${count}`)
      return 'part'
    })
  }

  it('tries again until the part arrives', async () => {
    const load = failing(2)
    const found = loaded(load)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(await found).toBe('part')
    expect(load).toHaveBeenCalledTimes(3)
  })

  it('waits for the network where there is none', async () => {
    const onLine = vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false)
    const load = failing(1)
    const found = loaded(load)
    await vi.advanceTimersByTimeAsync(600_000)
    expect(load).toHaveBeenCalledTimes(1)
    onLine.mockReturnValue(true)
    dispatchEvent(new Event('online'))
    expect(await found).toBe('part')
  })

  it('fails with the last error when the part does not come', async () => {
    const load = failing(99)
    const found = loaded(load)
    const outcome = expect(found).rejects.toThrow('attempt 6')
    await vi.advanceTimersByTimeAsync(600_000)
    await outcome
  })
})
