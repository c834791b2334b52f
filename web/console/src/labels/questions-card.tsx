/** Questions of a dry run: each with its proposed answer, to be taken or changed. */
import { type ReactElement, useState } from 'react'
import { Button } from '../ui/button'
import { Select, TextField } from '../ui/field'
import { Card } from '../ui/page'
import styles from './labels.module.css'
import type { Import } from './queries'
import { texts } from './texts'

export type Question = NonNullable<Import['questions']>[number]

export interface QuestionsCardProps {
  questions: Question[]
  isDisabled: boolean
  onAnswer: (options: Record<string, string>) => void
}

export function QuestionsCard({ questions, isDisabled, onAnswer }: QuestionsCardProps): ReactElement {
  const text = texts.use()
  const [answers, setAnswers] = useState<Record<string, string>>({})
  const answerTo = ({ option, proposal }: Question) => answers[option] ?? proposal
  const set = (option: string, answer: string) => setAnswers({ ...answers, [option]: answer })
  return (
    <Card title={text.questions}>
      <p className={styles.help}>{text.questionsHelp}</p>
      {questions.map((question) => (
        <div key={question.option} className={styles.question}>
          <div>
            <p>{withoutCommand(question.message)}</p>
            <small>
              <code>{question.option}</code>
              {question.where ? ` · ${question.where}` : ''}
            </small>
          </div>
          {question.choices.length > 0 ? (
            <Select
              label={`${text.answer}: ${question.option}`}
              isLabelHidden
              options={question.choices.map((each) => ({ id: each, text: each }))}
              value={answerTo(question)}
              onChange={(answer) => set(question.option, answer)}
            />
          ) : (
            <TextField
              label={`${text.answer}: ${question.option}`}
              isLabelHidden
              value={answerTo(question)}
              onChange={(answer) => set(question.option, answer)}
            />
          )}
        </div>
      ))}
      <div>
        <Button
          kind="primary"
          isDisabled={isDisabled}
          onPress={() => onAnswer(Object.fromEntries(questions.map((each) => [each.option, answerTo(each)])))}
        >
          {text.answerAgain}
        </Button>
      </div>
    </Card>
  )
}

/** Return the sentence of a question without the option that answers it on a command line. */
export const withoutCommand = (message: string): string => message.replace(/ Answer with --option \S+$/, '')
