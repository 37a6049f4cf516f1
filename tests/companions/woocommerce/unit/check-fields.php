<?php
/**
 * Fields of calls.
 */

check(
	'ids_are_whole_numbers_from_one_on',
	static function () {
		same( 7, PanStore_Fields::id( array( 'product' => 7 ), 'product' ) );
		same( 7, PanStore_Fields::id( array( 'product' => '7' ), 'product' ) );
		foreach ( array( 0, -1, '0', '', 'a', '1.0', 1.0, true, null, array( 1 ), "7\n", '1234567890123456789' ) as $wrong ) {
			refused(
				'invalid',
				static function () use ( $wrong ) {
					PanStore_Fields::id( array( 'product' => $wrong ), 'product' );
				}
			);
		}
		same( array( 1, 22 ), PanStore_Fields::ids( '1,22,0,x,1,-3, 4' ) );
		same( array(), PanStore_Fields::ids( null ) );
		refused(
			'batch_too_large',
			static function () {
				PanStore_Fields::ids( implode( ',', range( 1, 501 ) ) );
			}
		);
	}
);

check(
	'texts_are_counted_in_characters',
	static function () {
		same( 'č', PanStore_Fields::text( array( 'a' => ' č ' ), 'a', 1 ) );
		same( '', PanStore_Fields::text( array(), 'a', 1, false ) );
		refused(
			'too_long',
			static function () {
				PanStore_Fields::text( array( 'a' => 'čž' ), 'a', 1 );
			}
		);
		foreach ( array( '', '  ', null, 5, array() ) as $wrong ) {
			refused(
				'invalid',
				static function () use ( $wrong ) {
					PanStore_Fields::text( array( 'a' => $wrong ), 'a', 9 );
				}
			);
		}
	}
);

check(
	'moments_need_a_zone_and_become_utc',
	static function () {
		$given = array(
			'2026-12-01T00:00:00+00:00'        => '2026-12-01T00:00:00.000000Z',
			'2026-12-01T01:30:00.25+01:00'     => '2026-12-01T00:30:00.250000Z',
			'2026-12-01T01:30Z'                => '2026-12-01T01:30:00.000000Z',
		);
		foreach ( $given as $text => $utc ) {
			same( $utc, PanStore_Fields::moment( array( 'until' => $text ), 'until' ) );
		}
		same( null, PanStore_Fields::moment( array( 'until' => null ), 'until' ) );
		foreach ( array( '2026-12-01', '2026-12-01T00:00:00', 'tomorrow', '2026-13-01T00:00:00Z', '1795089600' ) as $wrong ) {
			refused(
				'invalid',
				static function () use ( $wrong ) {
					PanStore_Fields::moment( array( 'until' => $wrong ), 'until' );
				}
			);
		}
	}
);

check(
	'lists_are_lists_and_objects_objects',
	static function () {
		same( array( 1 ), PanStore_Fields::batch( array( 'items' => array( 1 ) ), 'items' ) );
		foreach ( array( null, array(), array( 'items' => 'x' ), array( 'items' => array( 'a' => 1 ) ) ) as $wrong ) {
			refused(
				'invalid',
				static function () use ( $wrong ) {
					PanStore_Fields::batch( $wrong, 'items' );
				}
			);
		}
		refused(
			'batch_too_large',
			static function () {
				PanStore_Fields::batch( array( 'items' => range( 1, 501 ) ), 'items' );
			}
		);
		foreach ( array( null, 'x', array(), array( 1, 2 ) ) as $wrong ) {
			refused(
				'invalid',
				static function () use ( $wrong ) {
					PanStore_Fields::mapping( $wrong );
				}
			);
		}
	}
);

check(
	'flags_and_decimals_are_not_guessed',
	static function () {
		same( false, PanStore_Fields::flag( array(), 'includes_tax' ) );
		foreach ( array( 'true', 1, 0 ) as $wrong ) {
			refused(
				'invalid',
				static function () use ( $wrong ) {
					PanStore_Fields::flag( array( 'includes_tax' => $wrong ), 'includes_tax' );
				}
			);
		}
		foreach ( array( 7.5, '7,5', null ) as $wrong ) {
			refused(
				'invalid',
				static function () use ( $wrong ) {
					PanStore_Fields::decimal( array( 'amount' => $wrong ), 'amount' );
				}
			);
		}
	}
);
