/** Annotations as the API returns them. */
import type { components } from '@foveal/client'

export type Annotation = components['schemas']['Annotation']
export type LabelSchema = components['schemas']['LabelSchemaRevision']
