enum Shape {
    Circle(f64),
    Nothing,
}

step10::relocate! {
    // SAFETY: data.
    unsafe impl Relocate for enum Shape { Circle(radius) }
}

fn main() {}
