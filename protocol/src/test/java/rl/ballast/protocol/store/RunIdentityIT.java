package rl.ballast.protocol.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rl.ballast.protocol.store.RunIdentity.Adoption;

class RunIdentityIT {
    private static final RunIdentity MINE = identity("uid-1", "spec-1", "model-1");

    @TempDir
    Path folder;

    private StoreLayout layout;

    @BeforeEach
    void createLayout() {
        layout = new StoreLayout(folder.resolve("run"));
    }

    @Test
    void aNewFolderIsClaimedAndOpenedAgainByTheSameRun() {
        assertThat(RunIdentity.open(layout, MINE, Adoption.NONE).created()).isTrue();

        RunIdentity.Opened again = RunIdentity.open(layout, MINE, Adoption.NONE);

        assertThat(again.created()).isFalse();
        assertThat(again.adopted()).isEmpty();
        assertThat(again.identity()).isEqualTo(MINE);
    }

    @Test
    void aFolderOfAnotherRunIsRefusedWithFieldExpectedAndFound() {
        RunIdentity.open(layout, MINE, Adoption.NONE);

        assertThatThrownBy(() -> RunIdentity.open(layout, identity("uid-2", "spec-1", "model-1"), Adoption.NONE))
                .isInstanceOf(StoreException.Refused.class)
                .hasMessage(
                        "%s: uid: expected uid-2, found uid-1; this folder belongs to another run; choose another folder, or take it over with --resume or storage.adopt",
                        layout.identity());
    }

    @Test
    void aFolderOfAnotherSpecIsAdoptedOnlyWhenThatIsAskedFor() {
        RunIdentity.open(layout, MINE, Adoption.NONE);
        RunIdentity changed = identity("uid-1", "spec-2", "model-1");

        assertThatThrownBy(() -> RunIdentity.open(layout, changed, Adoption.SAME_SPEC))
                .hasMessageContaining("specDigest: expected spec-2, found spec-1");
        RunIdentity.Opened opened = RunIdentity.open(layout, changed, Adoption.CHANGED_SPEC);

        assertThat(opened.adopted()).containsExactly("specDigest: spec-1 -> spec-2");
        assertThat(RunIdentity.read(layout.identity()).specDigest()).isEqualTo("spec-2");
    }

    @Test
    void adoptionTakesTheFolderOverAndKeepsItsAge() {
        RunIdentity.open(layout, MINE, Adoption.NONE);
        RunIdentity other = new RunIdentity("uid-2", "arithmetic", "spec-1", "model-1", "2027-01-01T00:00:00Z", 1);

        RunIdentity.Opened opened = RunIdentity.open(layout, other, Adoption.SAME_SPEC);

        assertThat(opened.adopted()).containsExactly("uid: uid-1 -> uid-2");
        assertThat(opened.identity().createdAt()).isEqualTo(MINE.createdAt());
        assertThat(RunIdentity.open(layout, other, Adoption.NONE).adopted()).isEmpty();
    }

    @Test
    void aFolderOfAnotherModelIsNeverAdopted() {
        RunIdentity.open(layout, MINE, Adoption.NONE);

        assertThatThrownBy(
                        () -> RunIdentity.open(layout, identity("uid-2", "spec-2", "model-2"), Adoption.CHANGED_SPEC))
                .isInstanceOf(StoreException.Refused.class)
                .hasMessageContaining("modelDigest: expected model-2, found model-1")
                .hasMessageContaining("trained from another model");
        assertThat(RunIdentity.read(layout.identity())).isEqualTo(MINE);
    }

    @Test
    void aBrokenOrForeignIdentityFileIsNamed() throws IOException {
        Files.createDirectories(layout.root());
        Files.writeString(layout.identity(), "{\"uid\": ");
        assertThatThrownBy(() -> RunIdentity.open(layout, MINE, Adoption.CHANGED_SPEC))
                .isInstanceOf(StoreException.Corrupt.class)
                .hasMessageContaining(layout.identity().toString());

        Files.writeString(layout.identity(), "{\"uid\": \"a\", \"formatVersion\": 1}");
        assertThatThrownBy(() -> RunIdentity.open(layout, MINE, Adoption.CHANGED_SPEC))
                .isInstanceOf(StoreException.Corrupt.class)
                .hasMessageContaining("expected uid, name");

        Files.writeString(layout.identity(), "{\"uid\": \"a\", \"formatVersion\": 7, \"new\": 1}");
        assertThatThrownBy(() -> RunIdentity.open(layout, MINE, Adoption.CHANGED_SPEC))
                .isInstanceOf(StoreException.Refused.class)
                .hasMessageContaining("formatVersion: expected 1, found 7");
    }

    @Test
    void fieldsOfANewerProgramAreIgnored() throws IOException {
        RunIdentity.open(layout, MINE, Adoption.NONE);
        String text = Files.readString(layout.identity());
        Files.writeString(layout.identity(), text.replaceFirst("\\{", "{\"later\": [1],"));

        assertThat(RunIdentity.open(layout, MINE, Adoption.NONE).identity()).isEqualTo(MINE);
    }

    private static RunIdentity identity(String uid, String spec, String model) {
        return new RunIdentity(uid, "arithmetic", spec, model, "2026-01-01T00:00:00Z", RunIdentity.FORMAT_VERSION);
    }
}
