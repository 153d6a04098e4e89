package rl.ballast.crds.schema;

import dev.cel.common.CelFunctionDecl;
import dev.cel.common.CelOverloadDecl;
import dev.cel.common.types.CelType;
import dev.cel.common.types.OpaqueType;
import dev.cel.common.types.SimpleType;
import dev.cel.runtime.CelFunctionBinding;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.List;

/// What the schemas' rules use of the API server's CEL library for quantities: `quantity(text)` and
/// `a.compareTo(b)`, which is below, equal to or above 0.
final class QuantityFunctions {
    private static final CelType QUANTITY = OpaqueType.create("kubernetes.Quantity");

    static final List<CelFunctionDecl> DECLARATIONS = List.of(
            CelFunctionDecl.newFunctionDeclaration(
                    "quantity", CelOverloadDecl.newGlobalOverload("string_to_quantity", QUANTITY, SimpleType.STRING)),
            CelFunctionDecl.newFunctionDeclaration(
                    "compareTo",
                    CelOverloadDecl.newMemberOverload("quantity_compare_to", SimpleType.INT, QUANTITY, QUANTITY)));

    static final List<CelFunctionBinding> BINDINGS = List.of(
            CelFunctionBinding.from("string_to_quantity", String.class, Quantity::parse),
            CelFunctionBinding.from(
                    "quantity_compare_to", Quantity.class, Quantity.class, (a, b) -> (long) a.compareTo(b)));

    private QuantityFunctions() {}
}
