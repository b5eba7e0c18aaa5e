/** Bytes to pixels or a typed rejection; pure, no Kafka. */
@NullMarked
package io.millrace.ingest.decode;

import org.jspecify.annotations.NullMarked;
