package io.millrace.ingest.topology;

/** What ingest does where images.raw is not the topic that its offsets are of. */
public enum NewTopic {
  /** Ends, saying both topic ids. */
  STOP,
  /** Checks the new topic from its start. */
  BEGINNING
}
