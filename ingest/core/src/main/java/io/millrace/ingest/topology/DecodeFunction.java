package io.millrace.ingest.topology;

import io.millrace.ingest.decode.AcceptedImage;

/** Decides on encoded bytes; {@code AcceptImages::accept} in earnest. */
@FunctionalInterface
public interface DecodeFunction {
  /** What goes on of them, or why nothing does. */
  AcceptedImage accept(byte[] bytes);
}
