/** Queues: how much waits and since when; dead letters, and their way back. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Undo2 } from 'lucide-react'
import type { ReactElement } from 'react'
import { useApp } from '../app/context'
import { Badge } from '../ui/badge'
import { Button } from '../ui/button'
import { Item, ItemList } from '../ui/item-list'
import { Notice, sentenceOf } from '../ui/notice'
import { Dialog, DialogTrigger } from '../ui/overlay'
import { Card } from '../ui/page'
import { toast } from '../ui/toasts'
import { type Operations, useOperations } from './queries'
import { texts } from './texts'

type Queue = Operations['queues'][number]

export function QueueCard({ queues }: { queues: Queue[] }): ReactElement {
  const text = texts.use()
  return (
    <Card title={text.queues}>
      <ItemList isInCard label={text.queues}>
        {queues.map((queue) => (
          <Item
            key={queue.name}
            title={text[queue.name]}
            facts={[
              text.waiting(queue.waiting),
              text.inFlight(queue.in_flight),
              queue.oldest_seconds === null ? '' : text.oldest(Math.floor(queue.oldest_seconds / 60)),
            ]
              .filter(Boolean)
              .join(' · ')}
            state={
              queue.dead_letters > 0 ? (
                <Badge kind="danger">{text.deadLetters(queue.dead_letters)}</Badge>
              ) : (
                <Badge kind="ok">{text.noDeadLetters}</Badge>
              )
            }
            actions={queue.dead_letters > 0 ? <Redrive name={queue.name} /> : undefined}
          />
        ))}
      </ItemList>
    </Card>
  )
}

function Redrive({ name }: { name: Queue['name'] }): ReactElement {
  const text = texts.use()
  const { client } = useApp()
  const queries = useQueryClient()
  const { queryKey } = useOperations()
  const redrive = useMutation({
    mutationFn: () => client.request('POST /v1/operations/redrive', { body: { queue: name } }),
    onSuccess: async ({ state, moved }) => {
      toast({ text: state === 'running' ? text.moving : text.moved(moved) })
      await queries.invalidateQueries({ queryKey })
    },
  })
  return (
    <DialogTrigger onOpenChange={() => redrive.reset()}>
      <Button>
        <Undo2 aria-hidden />
        {text.redrive}
      </Button>
      <Dialog title={text.redriveSure(text[name])}>
        {(close) => (
          <>
            <p>{text.redriveHelp}</p>
            {redrive.error ? <Notice kind="danger">{sentenceOf(redrive.error)}</Notice> : null}
            <footer>
              <Button onPress={close}>{text.cancel}</Button>
              <Button
                kind="primary"
                isDisabled={redrive.isPending}
                onPress={() => redrive.mutate(undefined, { onSuccess: close })}
              >
                {text.redriveYes}
              </Button>
            </footer>
          </>
        )}
      </Dialog>
    </DialogTrigger>
  )
}
