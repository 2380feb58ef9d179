/// What this software calls itself, in messages and on the wire.
public enum Product {
    public static let name = "Portier"
    public static let version = "0.1.0"
}
