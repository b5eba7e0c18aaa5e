package io.millrace.ingest.source;

import java.io.IOException;

/** A file is larger than any broker would take, so it is not even read. */
public final class OversizedImageException extends IOException {
  private static final long serialVersionUID = 1L;

  OversizedImageException(String place, long bytes, long limit) {
    super(place + " has " + bytes + " bytes: expected at most " + limit);
  }
}
