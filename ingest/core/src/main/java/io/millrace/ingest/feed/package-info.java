/** Batches with their next offsets; it never decides when to commit. */
@NullMarked
package io.millrace.ingest.feed;

import org.jspecify.annotations.NullMarked;
