package io.millrace.ingest.source;

/** In which order a finite source is published; a source without end keeps its own. */
public enum PublishOrder {
  /** Shuffled by a seed. */
  SHUFFLED,
  /** As the source has it. */
  AS_IS
}
