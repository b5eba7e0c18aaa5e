/** An immutable image record: id, bytes, size, content hash, origin. */
@NullMarked
package io.millrace.ingest.image;

import org.jspecify.annotations.NullMarked;
