/** What a release is good for: embeddings, search and auxiliary losses. */
@NullMarked
package io.millrace.serving;

import org.jspecify.annotations.NullMarked;
