/** What a subscriber needs to read embeddings and to forget images; depends on kafka-clients. */
@NullMarked
package io.millrace.serving.client;

import org.jspecify.annotations.NullMarked;
