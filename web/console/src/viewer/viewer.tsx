/** Viewer and editor of a ready asset: stage, tools, panels, all on one selection. */
import type { Asset } from '@foveal/client'
import { type ReactElement, Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components'
import { useProject } from '../app/project'
import {
  type Annotation,
  covers,
  DEFAULT_STYLES,
  type ImageGeometry,
  onFrame,
  reviewStateOf,
  type Scene,
  sceneOf,
  stylesOf,
} from '../drawing'
import { useFormats } from '../text/catalogue'
import { useKeys } from '../ui/keys'
import { EmptyState, ErrorState, Notice } from '../ui/notice'
import type { ViewerState } from './address'
import { ToolBar, TopBar } from './bars'
import { bindingsOf } from './bindings'
import { MAX_ANNOTATIONS, useAnnotations, useChangesOfOthers, useSchemas } from './data'
import { useDrafting } from './drafting'
import type { Patch } from './edits/changes'
import { KeySheet } from './key-sheet'
import type { Neighbours } from './neighbours'
import { AnnotationList } from './panels/annotation-list'
import { FactsPanel } from './panels/facts'
import { ConflictCard, HistoryPanel, loadPanels, NewPanel, SelectionPanel, ShownPanel, WindowForm } from './panels/lazy'
import { Picture } from './picture'
import type { StageHandle } from './stage/core'
import { Stage } from './stage/stage'
import { ArchivedNotice, isArchived } from './states'
import { texts } from './texts'
import { useTiles } from './tiles/use-tiles'
import { ToolHint } from './tool-hint'
import { keyframeOf, selectedOf } from './tracks'
import { useEdits } from './use-edits'
import { FramePicture } from './video/frame-picture'
import { isSeries } from './video/frames'
import { useFrameTimes, usePlayback } from './video/playback'
import { Player } from './video/player'
import { Timeline } from './video/timeline'
import styles from './viewer.module.css'
import { useWindowing } from './windowing/use-windowing'
import { Adjustable, WindowedPicture } from './windowing/windowed-picture'

export interface ViewerProps {
  asset: Asset
  image: ImageGeometry
  state: ViewerState
  change: (changes: Partial<ViewerState>) => void
  neighbours: Neighbours | undefined
  open: (assetId: string) => void
}

export function Viewer({ asset, image, state, change, neighbours, open }: ViewerProps): ReactElement {
  const text = texts.use()
  const format = useFormats()
  const { project, canEdit } = useProject()
  const [root, setRoot] = useState<HTMLElement | null>(null)
  const stage = useRef<StageHandle>(null)
  const [isBare, setBare] = useState(false)
  useEffect(loadPanels, [])
  const [hasKeys, setHasKeys] = useState(false)
  const [noPictureOf, setNoPictureOf] = useState<number>()
  const [isUnplayable, setUnplayable] = useState(false)
  const noteUnplayable = useCallback(() => setUnplayable(true), [])

  const loaded = useAnnotations(project, asset)
  const schemas = useSchemas(project)
  const [edits, edited] = useEdits(project, asset.asset_id, loaded.data)
  useChangesOfOthers(loaded, asset, edited.status === 'saving')
  const annotations = edited.annotations
  const labelStyles = useMemo(() => stylesOf(schemas), [schemas])
  const labels = useMemo(() => labelsOf(schemas, asset), [schemas, asset])
  const isVideo = asset.media_type === 'video'
  const hasFrames = isVideo || isSeries(asset)
  const tiles = useTiles(asset)
  const times = useFrameTimes(asset)
  const playback = usePlayback(times, state.frame ?? 0, (frame) => change({ frame }), isUnplayable)
  const { frame } = playback
  const windowing = useWindowing(asset, frame, state, change)
  const hasPicture = noPictureOf !== frame
  const there = useMemo(
    () =>
      hasFrames ? onFrame(annotations, frame, ({ support }) => !support || covers(support, frame, asset)) : annotations,
    [annotations, hasFrames, frame, asset],
  )
  const { hiddenLayers, minConfidence, mode } = state
  const scene = useMemo(
    () => sceneOf(there, image, labelStyles, { hiddenLayers: new Set(hiddenLayers), minConfidence }),
    [there, image, labelStyles, hiddenLayers, minConfidence],
  )
  const drawing = useMemo(() => ({ ...DEFAULT_STYLES, mode }), [mode])
  const selected = selectedOf(scene, annotations, state.selected)

  const select = useCallback((id: string | undefined) => change({ selected: id }), [change])
  const hover = useCallback((id: string | undefined) => stage.current?.hover(id), [])
  const show = useCallback(
    (id: string | undefined) => {
      select(id)
      if (id) stage.current?.reveal(id)
    },
    [select],
  )
  const drafting = useDrafting({
    edits,
    annotations,
    schemas,
    labels,
    image: image.size,
    frame: hasFrames ? frame : undefined,
    mask: maskOf(scene, selected),
    onMade: select,
  })
  const patch = (id: string, changes: Patch): void => {
    const shown = scene.byId.get(id)?.annotation
    if (!shown?.interpolated || shown.frame_index !== frame || !hasFrames) {
      edits.perform(id, { kind: 'patch', patch: changes })
      return
    }
    // Between key frames a change of the object is a new key frame.
    const made = crypto.randomUUID()
    edits.perform(made, { kind: 'create', draft: keyframeOf(shown, changes) })
    select(made)
  }
  const makeKeyframe = (): void => {
    if (selected?.track_id) patch(selected.annotation_id, selected.keyframe ? {} : { keyframe: true })
  }
  const endTrack = (): void => {
    if (!selected?.track_id) return
    // On the frame of a key frame that one is marked; between two, a new one is made.
    patch(selected.annotation_id, { outside: true, keyframe: true })
  }
  const ofSelected = (act: (id: string) => void) => () => {
    if (selected && canEdit) act(selected.annotation_id)
  }
  const review = (decision: 'accepted' | 'rejected'): void =>
    ofSelected((id) => {
      const isTakenBack = selected && reviewStateOf(selected) === decision
      patch(id, { review: isTakenBack ? null : { state: decision } })
    })()
  const remove = ofSelected((id) => {
    edits.perform(id, { kind: 'delete' })
    select(undefined)
  })
  const relabel = (label: string): void => {
    if (selected) patch(selected.annotation_id, { label, ...(selected.label_id ? { label_id: null } : {}) })
    else drafting.setLabel(label)
  }
  const undo = (): void => show(edits.undo())
  const redo = (): void => show(edits.redo())
  const step = (direction: -1 | 1): void => {
    const id = direction < 0 ? neighbours?.previous : neighbours?.next
    if (id) open(id)
  }
  useKeys(
    root,
    bindingsOf({
      playback: hasFrames ? playback : undefined,
      isVideo,
      makeKeyframe,
      ...{ state, change, select, step, setBare, selected, canEdit, edits, drafting },
      ...{ labels, undo, redo, review, relabel, remove },
      windowing,
      stage: () => stage.current,
      showKeys: () => setHasKeys(true),
    }),
  )

  const name = asset.file_name ?? asset.asset_id
  return (
    <div ref={setRoot} className={styles.viewer} tabIndex={-1}>
      <title>{`${name} · Foveal`}</title>
      <TopBar
        {...{ project, name, neighbours, open, canEdit, undo, redo, edits: edited }}
        stage={() => stage.current}
        showKeys={() => setHasKeys(true)}
      />
      {canEdit ? <ToolBar tool={drafting.tool} choose={drafting.choose} /> : null}
      <div className={styles.place}>
        {isArchived(asset) && !hasPicture ? (
          <ArchivedNotice asset={asset} canEdit={canEdit} />
        ) : hasPicture ? (
          <Adjustable windowing={windowing}>
            <Stage
              ref={stage}
              label={text.stage(name)}
              description={text.stageHelp}
              {...{ scene, labelStyles, drawing, isBare, selected, canEdit }}
              tiles={windowing?.window ? undefined : tiles}
              tool={drafting.tool}
              draft={drafting.draft}
              ghost={edited.conflict?.theirs}
              onSelect={select}
              onChange={patch}
              onPlace={drafting.place}
              onUnplace={drafting.stepBack}
              brush={drafting.brush}
              onPaint={drafting.paint}
              onFinish={drafting.finish}
            >
              {isVideo ? (
                <Player {...{ asset, times, playback, isUnplayable }} size={image.size} onUnplayable={noteUnplayable} />
              ) : windowing?.values && windowing.window ? (
                <WindowedPicture values={windowing.values} window={windowing.window} isLate={windowing.isLate} />
              ) : frame ? (
                <FramePicture asset={asset} frame={frame} onProblem={() => setNoPictureOf(frame)} />
              ) : (
                <Picture asset={asset} onProblem={() => setNoPictureOf(frame)} />
              )}
            </Stage>
          </Adjustable>
        ) : (
          <EmptyState title={text.noPicture}>{asset.mime_type}</EmptyState>
        )}
        {drafting.tool !== 'select' ? <ToolHint drafting={drafting} image={image.size} /> : null}
        {edited.conflict ? (
          <Suspense>
            <ConflictCard conflict={edited.conflict} resolve={(choice) => edits.resolve(choice)} />
          </Suspense>
        ) : null}
      </div>
      {hasFrames && playback.count > 1 ? (
        <Timeline
          {...{ isVideo, asset, annotations, labelStyles, playback, selected, canEdit, makeKeyframe, endTrack, select }}
          change={patch}
        />
      ) : null}
      <aside className={styles.panel} aria-label={text.panel}>
        <Suspense>{windowing ? <WindowForm windowing={windowing} /> : null}</Suspense>
        <Tabs className={styles.tabs ?? ''}>
          <TabList className={styles.tabList ?? ''} aria-label={text.panel}>
            <Tab id="annotations" className={styles.tab ?? ''}>
              {text.annotations}
            </Tab>
            <Tab id="facts" className={styles.tab ?? ''}>
              {text.facts}
            </Tab>
            <Tab id="history" className={styles.tab ?? ''}>
              {text.history}
            </Tab>
          </TabList>
          <TabPanel id="annotations" className={styles.tabPanel ?? ''}>
            {loaded.error ? <ErrorState error={loaded.error} retry={() => void loaded.refetch()} /> : null}
            <Suspense>
              {selected ? (
                <SelectionPanel
                  {...{ image: image.size, labels, canEdit, review, remove }}
                  key={selected.annotation_id}
                  annotation={selected}
                  change={(changes) => patch(selected.annotation_id, changes)}
                  close={() => select(undefined)}
                />
              ) : (
                <>
                  {canEdit ? <NewPanel drafting={drafting} labels={labels} annotations={annotations} /> : null}
                  <ShownPanel {...{ annotations, state, change }} hiddenByConfidence={scene.hiddenByConfidence} />
                </>
              )}
              {isUnplayable && !playback.isExact ? <Notice kind="warning">{text.notPlayable}</Notice> : null}
              {loaded.data?.isCut ? <Notice kind="warning">{text.cut(format.number(MAX_ANNOTATIONS))}</Notice> : null}
              {scene.shapes.length ? (
                <AnnotationList scene={scene} mode={mode} selected={state.selected} select={show} hover={hover} />
              ) : loaded.data ? (
                <p className={styles.empty}>{annotations.length ? text.noneShown : text.noAnnotationsHelp}</p>
              ) : null}
            </Suspense>
          </TabPanel>
          <TabPanel id="facts" className={styles.tabPanel ?? ''}>
            <FactsPanel asset={asset} />
          </TabPanel>
          <TabPanel id="history" className={styles.tabPanel ?? ''}>
            <Suspense>
              <HistoryPanel
                image={image.size}
                project={project}
                annotation={selected}
                canEdit={canEdit}
                onRestored={(state, revision) => edits.adopt(state, revision)}
              />
            </Suspense>
          </TabPanel>
        </Tabs>
      </aside>
      <KeySheet
        isOpen={hasKeys}
        onOpenChange={setHasKeys}
        isWindowed={windowing !== undefined}
        {...{ isVideo, hasFrames, canEdit }}
      />
    </div>
  )
}

/** Return the labels to choose from: those of the schemas in their order, else those that the asset has. */
function labelsOf(schemas: ReturnType<typeof useSchemas>, asset: Asset): string[] {
  const named = schemas.flatMap((schema) => schema.labels.map((label) => label.name))
  const present = (asset.label_summary ?? []).flatMap((entry) => (entry.label ? [entry.label] : []))
  return [...new Set([...named, ...present.sort()])]
}

/** Return the selected annotation as one that a brush can paint on. */
function maskOf(scene: Scene, selected: Annotation | undefined) {
  if (!selected?.mask) return undefined
  const { annotation_id: id } = selected
  return { id, raster: scene.byId.get(id)?.mask }
}
