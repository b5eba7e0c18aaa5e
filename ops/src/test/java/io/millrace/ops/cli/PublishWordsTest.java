package io.millrace.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.source.ImageSource;
import io.millrace.ingest.source.ImageSources;
import io.millrace.ingest.source.PublishReport;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PublishWordsTest {
  @TempDir Path temp;

  @Test
  void saysWhatIsHeldOutAndWhichFilesAreNoImages() throws Exception {
    for (String name :
        new String[] {
          "train/cats/1.jpg",
          "train/dogs/1.jpg",
          "test/cats/2.jpg",
          "notes.txt",
          "train/cats/3.HEIC",
          "train/.git/4.jpg"
        }) {
      Path file = temp.resolve("photos").resolve(name);
      Files.createDirectories(file.getParent());
      Files.writeString(file, name);
    }
    try (ImageSource source = ImageSources.open(temp.resolve("photos"))) {
      assertThat(PublishCommand.opening(source))
          .containsExactly(
              "holds out 1 images for evaluation",
              "skips 1 hidden files, or in hidden folders: train/.git/4.jpg",
              "skips 1 no images by their names: notes.txt",
              "skips 1 images of a format other than JPEG and PNG: convert them:"
                  + " train/cats/3.HEIC");
      assertThat(PublishCommand.summary(new PublishReport(2, 10, 0, 0, 2, 2), source).lines())
          .containsExactly(
              "published 2 images, held out 1 for evaluation; the source is at its end",
              "skipped 1 hidden files, or in hidden folders: train/.git/4.jpg",
              "skipped 1 no images by their names: notes.txt",
              "skipped 1 images of a format other than JPEG and PNG: convert them:"
                  + " train/cats/3.HEIC");
    }
  }
}
