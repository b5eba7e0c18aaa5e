package io.millrace.ingest.decode;

import java.util.Set;

/** Either pixels or a typed rejection. */
public sealed interface DecodeOutcome {
  /**
   * Pixels, upright.
   *
   * @param leniencies what was wrong with the file and did no harm; mostly empty
   */
  record Decoded(PixelImage image, Set<Leniency> leniencies) implements DecodeOutcome {
    public Decoded {
      leniencies = Set.copyOf(leniencies);
    }

    /** Pixels of a sound file. */
    public Decoded(PixelImage image) {
      this(image, Set.of());
    }
  }

  /**
   * No pixels.
   *
   * @param reason code
   * @param detail the offending value and the limit, as text
   */
  record Rejected(RejectionReason reason, String detail) implements DecodeOutcome {}
}
