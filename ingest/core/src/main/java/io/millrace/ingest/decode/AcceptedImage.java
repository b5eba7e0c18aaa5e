package io.millrace.ingest.decode;

import org.jspecify.annotations.Nullable;

/**
 * A checked image and what is handed on of it.
 *
 * @param outcome upright pixels, shrunk to the limit, or why there are none; the pixels before they
 *     were encoded again
 * @param value the file that goes on: the bytes as they came where nothing had to change; null when
 *     rejected
 * @param width pixels across as it came, upright; 0 when rejected
 * @param height pixels down as it came, upright; 0 when rejected
 */
public record AcceptedImage(DecodeOutcome outcome, byte @Nullable [] value, int width, int height) {

  /** One that goes on as it came. */
  public static AcceptedImage asIs(byte[] bytes, DecodeOutcome outcome) {
    return outcome instanceof DecodeOutcome.Decoded decoded
        ? new AcceptedImage(outcome, bytes, decoded.image().width(), decoded.image().height())
        : new AcceptedImage(outcome, null, 0, 0);
  }
}
