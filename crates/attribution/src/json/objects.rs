//! Reads objects from objects only.
//!
//! serde_json takes a struct from a list of its members, too. Nothing is written so, and a list in
//! an object's place is a mistake that should be told; besides, a second reader of every struct
//! made a part of the Worker's script. So whatever is read here asks for a map where serde's
//! derived code asks for a struct, which takes a wrapper of everything that reads on the way down.

use std::fmt;

use serde::Deserialize;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor,
};

/// Reads a document of any type, structs from objects only.
///
/// # Errors
/// It is not JSON, or not of that type.
pub fn from_json<'a, T: Deserialize<'a>>(json: &'a str) -> serde_json::Result<T> {
    let mut reader = serde_json::Deserializer::from_str(json);
    let value = T::deserialize(Objects(&mut reader))?;
    reader.end()?;
    Ok(value)
}

/// What reads, and hands the same restriction to what it reads with.
struct Objects<T>(T);

/// Methods of a deserializer that differ from the wrapped one's in the visitor only.
macro_rules! ask {
    ($($method:ident($($argument:ident: $type:ty),*))*) => {$(
        fn $method<V: Visitor<'de>>(
            self,
            $($argument: $type,)*
            visitor: V,
        ) -> Result<V::Value, D::Error> {
            self.0.$method($($argument,)* Objects(visitor))
        }
    )*};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Objects<D> {
    type Error = D::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(Objects(visitor))
    }

    ask! {
        deserialize_any()
        deserialize_bool()
        deserialize_i8()
        deserialize_i16()
        deserialize_i32()
        deserialize_i64()
        deserialize_i128()
        deserialize_u8()
        deserialize_u16()
        deserialize_u32()
        deserialize_u64()
        deserialize_u128()
        deserialize_f32()
        deserialize_f64()
        deserialize_char()
        deserialize_str()
        deserialize_string()
        deserialize_bytes()
        deserialize_byte_buf()
        deserialize_option()
        deserialize_unit()
        deserialize_unit_struct(name: &'static str)
        deserialize_newtype_struct(name: &'static str)
        deserialize_seq()
        deserialize_tuple(len: usize)
        deserialize_tuple_struct(name: &'static str, len: usize)
        deserialize_map()
        deserialize_enum(name: &'static str, variants: &'static [&'static str])
        deserialize_identifier()
        deserialize_ignored_any()
    }
}

/// Methods of a visitor for what has nothing inside.
macro_rules! take {
    ($($method:ident($type:ty))*) => {$(
        fn $method<E: Error>(self, value: $type) -> Result<V::Value, E> {
            self.0.$method(value)
        }
    )*};
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Objects<V> {
    type Value = V::Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(formatter)
    }

    take! {
        visit_bool(bool)
        visit_i64(i64)
        visit_i128(i128)
        visit_u64(u64)
        visit_u128(u128)
        visit_f64(f64)
        visit_str(&str)
        visit_borrowed_str(&'de str)
        visit_string(String)
        visit_bytes(&[u8])
        visit_borrowed_bytes(&'de [u8])
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.0.visit_none()
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.0.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.0.visit_some(Objects(inner))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.0.visit_newtype_struct(Objects(inner))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<V::Value, A::Error> {
        self.0.visit_seq(Objects(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(Objects(members))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, variant: A) -> Result<V::Value, A::Error> {
        self.0.visit_enum(Objects(variant))
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Objects<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<S::Value, D::Error> {
        self.0.deserialize(Objects(inner))
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Objects<A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        self.0.next_element_seed(Objects(seed))
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Objects<A> {
    type Error = A::Error;

    // A key is a string, in which there is no struct.
    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        self.0.next_key_seed(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.0.next_value_seed(Objects(seed))
    }
}

impl<'de, A: EnumAccess<'de>> EnumAccess<'de> for Objects<A> {
    type Error = A::Error;
    type Variant = Objects<A::Variant>;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Self::Variant), A::Error> {
        let (name, content) = self.0.variant_seed(seed)?;
        Ok((name, Objects(content)))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Objects<A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.0.unit_variant()
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        self.0.newtype_variant_seed(Objects(seed))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.0.tuple_variant(len, Objects(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.0.newtype_variant_seed(Members(visitor))
    }
}

/// A variant's members, which are an object as those of a struct.
struct Members<V>(V);

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Members<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        inner.deserialize_map(Objects(self.0))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::value::RawValue;

    use super::from_json;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Point {
        x: i64,
        y: Option<Box<Point>>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    enum Shape {
        Empty,
        Round(Point),
        Pair(Point, Point),
        Wide { from: Point },
    }

    fn point(x: i64) -> Point {
        Point { x, y: None }
    }

    #[test]
    fn a_list_is_not_taken_for_an_object_however_deep() {
        let whole = from_json::<Point>("[1, null]").unwrap_err().to_string();
        assert!(whole.starts_with("invalid type: sequence, expected struct Point"));
        assert!(from_json::<Point>(r#"{"x": 1, "y": [1, null]}"#).is_err());
        assert!(from_json::<Vec<(u8, Point)>>("[[1, [1, null]]]").is_err());
        assert!(from_json::<Shape>(r#"{"Round": [1, null]}"#).is_err());
        assert!(from_json::<Shape>(r#"{"Pair": [{"x": 1}, [1, null]]}"#).is_err());
        assert!(from_json::<Shape>(r#"{"Wide": [{"x": 1}]}"#).is_err());
        assert!(from_json::<Shape>(r#"{"Wide": {"from": [1, null]}}"#).is_err());
    }

    #[test]
    fn everything_else_is_read_as_serde_json_reads_it() {
        let inner = Some(Box::new(point(2)));
        let nested = Point { x: 1, y: inner };
        assert_eq!(
            from_json::<Point>(r#"{"x": 1, "y": {"x": 2}}"#).unwrap(),
            nested
        );
        let shapes = r#"["Empty", {"Round": {"x": 1}}, {"Pair": [{"x": 1}, {"x": 2}]}, {"Wide": {"from": {"x": 3}}}]"#;
        assert_eq!(
            from_json::<Vec<Shape>>(shapes).unwrap(),
            [
                Shape::Empty,
                Shape::Round(point(1)),
                Shape::Pair(point(1), point(2)),
                Shape::Wide { from: point(3) },
            ]
        );
        assert_eq!(
            from_json::<&RawValue>("[ 1.50 ]").unwrap().get(),
            "[ 1.50 ]"
        );
        assert_eq!(from_json::<&str>("\"a\"").unwrap(), "a");
        let all = r#"{"a":[1,-2,0.5,true,null,"\u00e9"],"b":{}}"#;
        let value: serde_json::Value = from_json(all).unwrap();
        assert_eq!(
            value,
            serde_json::from_str::<serde_json::Value>(all).unwrap()
        );
        assert!(from_json::<Point>(r#"{"x": 1} 2"#).is_err());
    }
}
