import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { dropDocument, refreshDocuments, showDocument } from '@/lib/api/documents'
import { LiveSocket, libraryUrl } from '@/lib/socket'

/** Keeps the list of documents as the box tells it; whether the box is heard. */
export function useLibrarySocket(): boolean {
  const client = useQueryClient()
  const [heard, setHeard] = useState(false)
  useEffect(() => {
    const socket = new LiveSocket(libraryUrl(), {
      onConnection: (connection) => setHeard(connection === 'open'),
      onFrame: (frame) => {
        if (frame.type === 'document_state') showDocument(client, frame.document)
        else if (frame.type === 'document_removed') dropDocument(client, frame.document_id)
        else if (frame.type === 'library_info') void refreshDocuments(client)
      },
    })
    return () => socket.close()
  }, [client])
  return heard
}
