/** Embeddings for Kafka Connect's sinks. */
@NullMarked
package io.millrace.serving.connect;

import org.jspecify.annotations.NullMarked;
