package io.millrace.ingest.source;

/** Why a file of a folder or an archive is not published. */
public enum SkipReason {
  /** A name that starts with a dot, or a folder that systems and tools make for themselves. */
  HIDDEN("hidden files, or in hidden folders"),
  /** Not an image by its name. */
  NO_IMAGE("no images by their names"),
  /** An HEIC, WebP, GIF, TIFF or other image that Millrace does not read. */
  OTHER_FORMAT("images of a format other than JPEG and PNG: convert them"),
  /** A link to what is no file of the archive, or of the folder. */
  BROKEN_LINK("links that lead to no file here"),
  /** A link to a place outside of the folder. */
  OUTSIDE_LINK("links out of the folder (--follow-links follows them)"),
  /** A pipe, a socket, a device, or what else is no regular file. */
  SPECIAL("pipes, sockets, devices or other entries that are no files"),
  /** A sparse file in a tar archive. */
  SPARSE("sparse files in a tar archive"),
  /** An encrypted entry. */
  ENCRYPTED("encrypted entries"),
  /** An entry packed by a method that no reader here knows. */
  COMPRESSION("entries packed by a method that can't be read"),
  /** A file or folder that the system did not let us look at. */
  UNREADABLE("files or folders that can't be looked at");

  private final String words;

  SkipReason(String words) {
    this.words = words;
  }

  /** What such files are, for people, in the plural. */
  public String words() {
    return words;
  }
}
