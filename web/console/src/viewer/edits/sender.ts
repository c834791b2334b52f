/** Sending of commands to the API, and what an answer means for the queue. */
import { ApiError, type Client } from '@foveal/client'
import { isUnanswered } from '../../app/read-file'
import type { Annotation } from '../../drawing'
import type { Command } from './commands'

export type Sent =
  /**
   * The state that the server has now; undefined of a deleted annotation. The asset's annotation revision since is
   * undefined where the change was made by an earlier request.
   */
  | { kind: 'done'; state: Annotation | undefined; revision: number; annotationRevision?: number | undefined }
  /** Somebody else was first: the present state, undefined of an annotation that is deleted. */
  | { kind: 'changed'; current: Annotation | undefined; revision: number | undefined }
  /** No answer, or one that says to try again later. */
  | { kind: 'later' }
  /** Refused for good, in the server's words. */
  | { kind: 'refused'; error: Error }

export interface Sender {
  /** Send a command against a revision. */
  send(command: Command, revision: number): Promise<Sent>
}

/** Return a sender for one asset. */
export function apiSender(client: Client, project: string, assetId: string): Sender {
  function request(command: Command, revision: number): Promise<{ body: Annotation | undefined; headers: Headers }> {
    const { action, annotationId } = command
    const place = { path: { annotation_id: annotationId }, query: { project } }
    const headers = { 'if-match': `"${revision}"` }
    const send = client.requestWithHeaders
    if (action.kind === 'create') {
      const body = { annotation_id: annotationId, annotation: action.draft as never, clip: true }
      return send('POST /v1/assets/{asset_id}/annotations', { path: { asset_id: assetId }, body })
    }
    if (action.kind === 'patch') {
      return send('PATCH /v1/annotations/{annotation_id}', { ...place, headers, body: { ...action.patch } })
    }
    if (action.kind === 'restore') {
      return send('POST /v1/annotations/{annotation_id}/restore', { ...place, headers, body: {} })
    }
    return send('DELETE /v1/annotations/{annotation_id}', { ...place, headers })
  }

  return {
    async send(command, revision) {
      try {
        const { body: state, headers } = await request(command, revision)
        const annotationRevision = annotationRevisionOf(headers)
        return { kind: 'done', state, revision: state?.revision ?? revision + 1, annotationRevision }
      } catch (error) {
        return outcomeOf(error, command)
      }
    },
  }
}

/** Return the asset's annotation revision after a change, as the answer to it states it. */
export function annotationRevisionOf(headers: Headers): number | undefined {
  const stated = headers.get('annotation-revision')
  return stated === null ? undefined : Number(stated)
}

function outcomeOf(error: unknown, command: Command): Sent {
  if (isUnanswered(error)) return { kind: 'later' }
  if (!(error instanceof ApiError)) throw error
  if (error.status === 412) {
    const { current } = error.problem as { current?: Partial<Annotation> & { deleted?: boolean } }
    if (!current || current.deleted) return { kind: 'changed', current: undefined, revision: current?.revision }
    return { kind: 'changed', current: current as Annotation, revision: current.revision }
  }
  if (error.code === 'NoSuchAnnotation') {
    // A deletion that was sent twice has had its effect.
    if (command.action.kind === 'delete')
      return { kind: 'done', state: undefined, revision: (command.base?.revision ?? 0) + 1 }
    return { kind: 'changed', current: undefined, revision: undefined }
  }
  if (error.status === 429 || error.status >= 500) return { kind: 'later' }
  return { kind: 'refused', error }
}
