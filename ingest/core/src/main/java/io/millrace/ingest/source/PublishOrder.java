package io.millrace.ingest.source;

/** In which order a source is published. */
public enum PublishOrder {
  /** Shuffled by a seed; a source without end within blocks of 8,192 images. */
  SHUFFLED,
  /** As the source has it. */
  AS_IS
}
