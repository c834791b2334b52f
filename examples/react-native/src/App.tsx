/** The screen: choose photos, see how far each is, pause and resume. */
import { launchImageLibraryAsync } from 'expo-image-picker'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { FlatList, Pressable, SafeAreaView, StyleSheet, Switch, Text, View } from 'react-native'
import { add, queue, start, store, subscribe } from './expo/uploads.ts'
import type { State, Upload } from './queue/store.ts'

const WORDS: Record<State, string> = {
  waiting: 'Waiting',
  sending: 'Sending',
  arrived: 'Being read',
  ready: 'Ready',
  failed: 'Failed',
  paused: 'Paused',
}

export function App() {
  const uploads = useUploads()
  const [wifiOnly, setWifiOnly] = useState(true)
  useEffect(start, [])
  const ready = uploads.filter((each) => each.state === 'ready').length
  return (
    <SafeAreaView style={styles.screen}>
      <Text style={styles.title}>Uploads</Text>
      <Text style={styles.quiet}>{uploads.length ? `${ready} of ${uploads.length} ready` : 'Nothing chosen yet.'}</Text>
      <View style={styles.row}>
        <Text style={styles.name}>Wi-Fi only</Text>
        <Switch
          accessibilityLabel="Wi-Fi only"
          value={wifiOnly}
          onValueChange={(value) => {
            setWifiOnly(value)
            queue.setWifiOnly(value)
          }}
        />
      </View>
      <FlatList data={uploads} keyExtractor={(each) => each.key} renderItem={({ item }) => <Row upload={item} />} />
      <Pressable accessibilityRole="button" style={styles.button} onPress={choose}>
        <Text style={styles.buttonText}>Choose photos and videos</Text>
      </Pressable>
    </SafeAreaView>
  )
}

function Row({ upload }: { upload: Upload }) {
  const isOpen = upload.state === 'waiting' || upload.state === 'sending'
  const canResume = upload.state === 'paused' || upload.state === 'failed'
  return (
    <View style={styles.row}>
      <View style={styles.name}>
        <Text numberOfLines={1}>{upload.fileName}</Text>
        <Text style={upload.state === 'failed' ? styles.failed : styles.quiet}>
          {upload.reason ?? WORDS[upload.state]}
        </Text>
      </View>
      {isOpen && <Action label="Pause" onPress={() => queue.pause(upload.key)} />}
      {canResume && <Action label="Resume" onPress={() => queue.resume(upload.key)} />}
    </View>
  )
}

function Action({ label, onPress }: { label: string; onPress: () => void }) {
  return (
    <Pressable accessibilityRole="button" hitSlop={12} onPress={onPress}>
      <Text style={styles.action}>{label}</Text>
    </Pressable>
  )
}

async function choose(): Promise<void> {
  const picked = await launchImageLibraryAsync({
    mediaTypes: ['images', 'videos'],
    allowsMultipleSelection: true,
    quality: 1,
  })
  if (!picked.canceled) add(picked.assets)
}

/** Return the uploads, again after each change. */
function useUploads(): Upload[] {
  const [snapshot] = useState(() => ({ uploads: store.list() }))
  return useSyncExternalStore(
    (changed) =>
      subscribe(() => {
        snapshot.uploads = store.list()
        changed()
      }),
    () => snapshot.uploads,
  )
}

const styles = StyleSheet.create({
  screen: { flex: 1, margin: 20 },
  title: { fontSize: 28, fontWeight: '600' },
  quiet: { color: '#5b6672' },
  failed: { color: '#b3261e' },
  row: { flexDirection: 'row', alignItems: 'center', paddingVertical: 10, gap: 12 },
  name: { flex: 1 },
  action: { color: '#0b57d0', fontWeight: '600' },
  button: { backgroundColor: '#0b57d0', borderRadius: 10, padding: 14, alignItems: 'center' },
  buttonText: { color: 'white', fontWeight: '600' },
})
