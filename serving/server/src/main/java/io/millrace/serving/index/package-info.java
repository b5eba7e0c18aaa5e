/** Nearest neighbors over the embeddings of one version; knows no Kafka. */
@NullMarked
package io.millrace.serving.index;

import org.jspecify.annotations.NullMarked;
