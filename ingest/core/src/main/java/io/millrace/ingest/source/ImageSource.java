package io.millrace.ingest.source;

import java.io.Closeable;
import java.util.List;

/**
 * Where images come from. What evaluation uses is never streamed: {@link #stream} and {@link
 * #heldOut} have no image in common.
 */
public interface ImageSource extends Closeable {
  /** Short name, such as a file name; part of image ids and of the publisher's position. */
  String name();

  /** Tells one content and order of {@link #stream} from another. */
  String fingerprint();

  /** What is published, in the source's own order. */
  ImageSet stream();

  /** What evaluation uses, in an order that mixes classes; may be empty. Finite. */
  ImageSet heldOut();

  /** Class names, sorted; empty when the source has none. */
  List<String> labels();

  /** Files skipped because their name is not that of an image. */
  long skipped();
}
