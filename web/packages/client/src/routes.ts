/** Types of the API's routes, computed from the OpenAPI document: `'GET /v1/assets/{asset_id}'` and the like. */
import type { components, paths } from './openapi.js'

type Methods = 'get' | 'put' | 'post' | 'patch' | 'delete'
type Schemas = components['schemas']

/** Method and path of an operation, as the OpenAPI document states them. */
export type Route = {
  [Path in keyof paths & string]: {
    [Method in Methods]: paths[Path][Method] extends { responses: unknown } ? `${Uppercase<Method>} ${Path}` : never
  }[Methods]
}[keyof paths & string]

type Operation<R extends Route> = R extends `${infer Method} ${infer Path}`
  ? Path extends keyof paths
    ? Lowercase<Method> extends keyof paths[Path]
      ? paths[Path][Lowercase<Method>]
      : never
    : never
  : never

type Content<Response> = Response extends { content: infer Types }
  ? Types extends { 'application/json': infer Body }
    ? Body
    : Types[keyof Types]
  : undefined

type Responses<O> = O extends { responses: infer All } ? All : never

/** The answer of a route: its JSON value, text, or undefined where it has no body. */
export type Answer<R extends Route> = {
  [Status in keyof Responses<Operation<R>>]: Status extends 200 | 201 | 202 | 204
    ? Content<Responses<Operation<R>>[Status]>
    : never
}[keyof Responses<Operation<R>>]

type Path<O> = O extends { parameters: { path: infer Values } } ? { path: Values } : unknown
type Query<O> = O extends { parameters: { query?: infer Values } }
  ? [Values] extends [never | undefined]
    ? unknown
    : { query?: Values & Record<string, string | number | boolean | undefined> }
  : unknown
type Body<O> = O extends { requestBody: { content: { 'application/json': infer Value } } }
  ? { body: Value }
  : O extends { requestBody?: { content: { 'application/json': infer Value } } }
    ? { body?: Value }
    : unknown

/** Values for the places of a route, its query and body, and what every request takes. */
export type RequestOptions<R extends Route> = Path<Operation<R>> &
  Query<Operation<R>> &
  Body<Operation<R>> & { headers?: Record<string, string>; signal?: AbortSignal | undefined }

export type Asset = Schemas['Asset']
export type FoundAsset = Schemas['FoundAsset']
export type Download = Schemas['Download']
export type Problem = Schemas['ProblemDocument']
export type ProblemCode = Problem['code']
export type Search = Schemas['Search']
export type Filter = NonNullable<Search['filter']>
export type BeginItem = Schemas['BeginRequest']['uploads'][number]
export type Ticket = Schemas['PutTicket'] | Schemas['MultipartTicket'] | Schemas['PostTicket']
export type AssetStatus = Asset['status']
export type AttributeValues = NonNullable<BeginItem['attributes']>
