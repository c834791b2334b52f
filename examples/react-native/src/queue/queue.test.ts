/** The queue against a phone that ends transfers, apps and connections at will. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeFoveal, FakePhone, memoryDatabase } from './fakes.ts'
import { MAX_TRANSFERS, nextParts, PARTS_OF_A_BATCH, partSize } from './plan.ts'
import { UploadQueue } from './queue.ts'
import { Store } from './store.ts'
import { ApiError } from './types.ts'

const MIB = 1024 * 1024

class App {
  readonly foveal = new FakeFoveal()
  readonly phone = new FakePhone(this.foveal)
  readonly store = new Store(memoryDatabase())
  queue = this.#start()

  #start() {
    return new UploadQueue(this.store, this.phone, this.foveal, { wifiOnly: true, chance: () => 1 })
  }

  take(name: string, sizeBytes: number) {
    this.phone.library.set(name, sizeBytes)
    this.queue.add([{ key: name, source: name, fileName: `${name}.jpg`, contentType: 'image/jpeg' }])
  }

  relaunch() {
    this.phone.kill()
    this.queue = this.#start()
  }

  /** Let every transfer end and time pass until nothing moves any more. */
  async settle(rounds = 60) {
    for (let round = 0; round < rounds; round += 1) {
      await this.queue.step()
      for (const id of [...this.phone.transfers.keys()]) {
        const end = this.phone.finish(id)
        if (end) await this.queue.ended(end)
      }
      this.phone.clock += 10 * 60_000
    }
  }

  states() {
    return Object.fromEntries(this.store.list().map((each) => [each.key, each.state]))
  }
}

test('photos arrive once each and are ready', async () => {
  const app = new App()
  for (let number = 0; number < 120; number += 1) app.take(`photo${number}`, 3 * MIB)
  await app.settle()
  assert.deepEqual(new Set(Object.values(app.states())), new Set(['ready']))
  assert.equal(app.foveal.uploads.size, 120)
  assert.equal(app.foveal.sentBytes, 120 * 3 * MIB)
})

test('no more transfers than the system takes are handed over', async () => {
  const app = new App()
  for (let number = 0; number < 250; number += 1) app.take(`photo${number}`, MIB)
  await app.settle()
  assert.ok(app.phone.mostTransfers <= MAX_TRANSFERS)
  assert.ok(Object.values(app.states()).every((state) => state === 'ready'))
})

test('large video goes in parts, and its part files are removed', async () => {
  const app = new App()
  app.take('video', 450 * MIB)
  await app.settle()
  assert.deepEqual(app.states(), { video: 'ready' })
  assert.equal(app.foveal.sentBytes, 450 * MIB)
  assert.equal(app.phone.files.size, 0)
  assert.equal(app.phone.mostFiles, 15)
})

test('video above a gigabyte never needs more than a batch of parts beside it', async () => {
  const app = new App()
  app.take('film', 5_000 * MIB)
  await app.settle(400)
  assert.deepEqual(app.states(), { film: 'ready' })
  assert.ok(app.phone.mostFiles <= PARTS_OF_A_BATCH)
})

test('relaunch sends only the parts that have not arrived', async () => {
  const app = new App()
  app.take('video', 320 * MIB)
  await app.queue.step()
  for (const id of [...app.phone.transfers.keys()].slice(0, 4)) app.phone.finish(id) // ends that nobody hears of
  app.relaunch()
  for (const id of [...app.phone.transfers.keys()]) app.phone.cancel(id) // swiped away: the system drops the rest
  await app.settle()
  assert.deepEqual(app.states(), { video: 'ready' })
  assert.equal(app.foveal.sentBytes, 320 * MIB)
})

test('relaunch finds a photo that arrived while the app was gone', async () => {
  const app = new App()
  app.take('photo', MIB)
  await app.queue.step()
  app.phone.kill()
  app.phone.finish('photo')
  app.relaunch()
  await app.settle()
  assert.deepEqual(app.states(), { photo: 'ready' })
  assert.equal(app.foveal.sentBytes, MIB)
})

test('kills at random moments lose nothing and send nothing twice but what was under way', async () => {
  for (let seed = 1; seed <= 30; seed += 1) {
    let state = seed
    const chance = () => {
      state = (state * 48_271) % 2_147_483_647
      return state / 2_147_483_647
    }
    const app = new App()
    for (let number = 0; number < 8; number += 1) app.take(`photo${number}`, MIB)
    app.take('video', 200 * MIB)
    let lost = 0
    for (let turn = 0; turn < 40; turn += 1) {
      await app.queue.step()
      for (const id of [...app.phone.transfers.keys()]) {
        if (chance() < 0.4) {
          const end = app.phone.finish(id, chance() < 0.2 ? null : undefined)
          if (end) await app.queue.ended(end)
        }
      }
      if (chance() < 0.2) {
        for (const id of [...app.phone.transfers.keys()]) {
          app.phone.cancel(id)
          lost += 1
        }
        app.relaunch()
      }
      app.phone.clock += 60_000
    }
    await app.settle()
    assert.ok(
      Object.values(app.states()).every((each) => each === 'ready'),
      `seed ${seed}: ${JSON.stringify(app.states())}`,
    )
    assert.equal(app.foveal.uploads.size, 9)
    assert.equal(app.foveal.sentBytes, 208 * MIB, `seed ${seed}, ${lost} transfers were dropped before they began`)
  }
})

test('pause keeps what has arrived, and resume sends the rest', async () => {
  const app = new App()
  app.take('video', 320 * MIB)
  await app.queue.step()
  const [first] = [...app.phone.transfers.keys()]
  const end = app.phone.finish(first ?? '')
  if (end) await app.queue.ended(end)
  app.queue.pause('video')
  assert.equal(app.phone.transfers.size, 0)
  await app.settle(5)
  assert.deepEqual(app.states(), { video: 'paused' })
  app.queue.resume('video')
  await app.settle()
  assert.deepEqual(app.states(), { video: 'ready' })
  assert.equal(app.foveal.sentBytes, 320 * MIB)
})

test('nothing is sent over cellular data unless it is allowed', async () => {
  const app = new App()
  app.phone.connection = { isConnected: true, isWifi: false }
  app.take('photo', MIB)
  await app.settle(5)
  assert.equal(app.foveal.begins, 0)
  app.queue.setWifiOnly(false)
  await app.settle()
  assert.deepEqual(app.states(), { photo: 'ready' })
})

test('transfers stop when only Wi-Fi is allowed and it is lost', async () => {
  const app = new App()
  app.take('photo', MIB)
  app.take('video', 200 * MIB)
  await app.queue.step()
  app.phone.connection = { isConnected: true, isWifi: false }
  app.queue.setWifiOnly(true)
  assert.equal(app.phone.transfers.size, 0)
  app.phone.connection = { isConnected: true, isWifi: true }
  await app.settle()
  assert.deepEqual(app.states(), { photo: 'ready', video: 'ready' })
})

test('API that is away costs waiting and nothing else', async () => {
  const app = new App()
  app.take('photo', MIB)
  app.foveal.isDown = true
  await app.settle(5)
  assert.equal(app.store.get('photo')?.state, 'waiting')
  app.foveal.isDown = false
  await app.settle()
  assert.deepEqual(app.states(), { photo: 'ready' })
})

test('refusal for good ends an upload with its reason, and resume tries again', async () => {
  const app = new App()
  app.take('photo', MIB)
  app.foveal.problem = new ApiError(403, 'QuotaExceeded', 'The quota of today is used up.')
  await app.settle(3)
  assert.equal(app.store.get('photo')?.reason, 'The quota of today is used up.')
  app.foveal.problem = undefined
  app.queue.resume('photo')
  await app.settle()
  assert.deepEqual(app.states(), { photo: 'ready' })
})

for (const status of [403, 500, 503, null]) {
  test(`transfer that ends with ${status} is tried again`, async () => {
    const app = new App()
    app.take('photo', MIB)
    await app.queue.step()
    const end = app.phone.finish('photo', status)
    if (end) await app.queue.ended(end)
    await app.settle()
    assert.deepEqual(app.states(), { photo: 'ready' })
  })
}

test('answer 412 means that the photo is there already', async () => {
  const app = new App()
  app.take('photo', MIB)
  await app.queue.step()
  app.foveal.put('upload-0', MIB)
  await app.settle()
  assert.deepEqual([app.states(), app.foveal.begins], [{ photo: 'ready' }, 1])
})

test('photo that was deleted, and one that Foveal does not take, end with their reasons', async () => {
  const app = new App()
  app.take('gone', MIB)
  app.phone.library.delete('gone')
  app.foveal.verdict = 'quarantined'
  app.take('odd', MIB)
  await app.settle()
  assert.deepEqual(app.states(), { gone: 'failed', odd: 'failed' })
  assert.match(app.store.get('gone')?.reason ?? '', /it was deleted/)
  assert.match(app.store.get('odd')?.reason ?? '', /quarantined/)
})

test('upload that has expired in Foveal is begun again', async () => {
  const app = new App()
  app.take('video', 200 * MIB)
  await app.queue.step()
  for (const id of [...app.phone.transfers.keys()]) app.phone.cancel(id)
  for (const upload of app.foveal.uploads.values()) upload.isAborted = true
  app.foveal.uploads.clear()
  app.relaunch()
  await app.settle()
  assert.deepEqual(app.states(), { video: 'ready' })
})

test('video that was changed between its parts is not put together', async () => {
  const app = new App()
  app.take('video', 200 * MIB)
  await app.queue.step()
  const [first] = [...app.phone.transfers.keys()]
  app.phone.library.set('video', 210 * MIB)
  const end = app.phone.finish(first ?? '', null)
  if (end) await app.queue.ended(end)
  await app.settle()
  assert.match(app.store.get('video')?.reason ?? '', /was changed/)
})

test('removed upload leaves no part files and no transfers', async () => {
  const app = new App()
  app.take('video', 200 * MIB)
  await app.queue.step()
  await app.queue.remove('video')
  assert.deepEqual([app.phone.files.size, app.phone.transfers.size, app.store.list().length], [0, 0, 0])
})

test('photo that is added twice is one upload', async () => {
  const app = new App()
  app.take('photo', MIB)
  app.take('photo', MIB)
  await app.settle()
  app.take('photo', MIB)
  await app.settle()
  assert.equal(app.foveal.sentBytes, MIB)
})

test('sizes of parts', () => {
  assert.equal(partSize(100 * MIB), undefined)
  assert.equal(partSize(100 * MIB + 1), 32 * MIB)
  assert.equal(partSize(400_000 * MIB), 40 * MIB)
  assert.throws(() => partSize(700_000 * MIB), RangeError)
  assert.deepEqual(nextParts([1, 2, 3], 0, 200 * MIB, 2), [1, 2])
  assert.deepEqual(nextParts([5, 6, 7], 15, 2_000 * MIB, 100), [5])
})
