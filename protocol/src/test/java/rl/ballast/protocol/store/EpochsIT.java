package rl.ballast.protocol.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EpochsIT {
    @TempDir
    Path folder;

    @Test
    void everyStartTakesTheNext() throws IOException {
        Epochs epochs = new Epochs(folder.resolve("epochs"));

        assertThat(epochs.newest()).isEmpty();
        assertThat(epochs.next()).isEqualTo(1);
        assertThat(epochs.next()).isEqualTo(2);
        Files.writeString(folder.resolve("epochs/notes.txt"), "a person's");
        Files.createFile(folder.resolve("epochs/1000000"));

        assertThat(epochs.newest()).hasValue(1_000_000);
        assertThat(epochs.next()).isEqualTo(1_000_001);
    }

    @Test
    void learnersThatStartTogetherGetDifferentEpochs() throws Exception {
        Epochs epochs = new Epochs(folder.resolve("epochs"));
        List<Callable<Long>> learners = Collections.nCopies(24, epochs::next);

        TreeSet<Long> taken = new TreeSet<>();
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Long> future : executor.invokeAll(learners)) {
                taken.add(future.get());
            }
        }

        assertThat(taken).hasSize(24);
        assertThat(taken.last()).isEqualTo(epochs.newest().orElseThrow());
    }

    @Test
    void aReplacedLearnerIsRefused() {
        Epochs epochs = new Epochs(folder);
        long mine = epochs.next();
        epochs.requireNewest(mine);
        epochs.next();

        assertThatThrownBy(() -> epochs.requireNewest(mine))
                .isInstanceOf(StoreException.Refused.class)
                .hasMessage("%s: expected epoch 1 to be the newest, found 2; a newer learner owns this run", folder);
    }
}
