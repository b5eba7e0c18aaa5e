/** Ingest on a real broker. */
@NullMarked
package io.millrace.ingest.it;

import org.jspecify.annotations.NullMarked;
