import type { FileReply } from '../shell/session';

/** Fetches a file of a thread, for as long as the one who asks may read it. */
export type FetchFile = (fileId: string) => Promise<FileReply>;
