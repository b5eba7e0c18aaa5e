/** A stream of rendered scenes whose classes pixels alone do not tell apart. */
@NullMarked
package io.millrace.ingest.source.synthetic;

import org.jspecify.annotations.NullMarked;
