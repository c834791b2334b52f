/** The API over `fetch`, with the token that the app holds in the phone's keychain. */
import { getItemAsync } from 'expo-secure-store'
import { type Api, ApiError, type BeginItem, type Progress, type SignedPart, type Ticket } from '../queue/types.ts'

export interface Settings {
  /** Address of the API, for example `https://api.example.com`. */
  api: string
  project: string
}

export class FovealApi implements Api {
  readonly #settings: Settings

  constructor(settings: Settings) {
    this.#settings = settings
  }

  async begin(items: BeginItem[]): Promise<Ticket[]> {
    const path = `/v1/projects/${encodeURIComponent(this.#settings.project)}/uploads`
    const answer = await this.#call<{ uploads: Ticket[] }>('POST', path, { uploads: items })
    return answer.uploads
  }

  async progress(uploadId: string): Promise<Progress> {
    return this.#call('GET', `/v1/uploads/${uploadId}`)
  }

  async signParts(uploadId: string, numbers: number[], expiresInSeconds: number): Promise<SignedPart[]> {
    const body = { part_numbers: numbers, expires_in_seconds: expiresInSeconds }
    const answer = await this.#call<{ parts: SignedPart[] }>('POST', `/v1/uploads/${uploadId}/parts`, body)
    return answer.parts
  }

  async complete(uploadId: string): Promise<void> {
    await this.#call('POST', `/v1/uploads/${uploadId}/complete`, {})
  }

  async #call<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const token = await getItemAsync('foveal-token')
    const answer = await fetch(this.#settings.api + path, {
      method,
      headers: { authorization: `Bearer ${token ?? ''}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    const members = isJson(answer) ? (JSON.parse(text) as Record<string, unknown>) : {}
    if (!answer.ok)
      throw new ApiError(answer.status, String(members.code ?? `HTTP${answer.status}`), String(members.detail ?? text))
    return members as Answer
  }
}

const isJson = (answer: Response): boolean => /json/.test(answer.headers.get('content-type') ?? '')
