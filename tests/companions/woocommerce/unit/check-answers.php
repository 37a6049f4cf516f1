<?php
/**
 * PanStore's answers, and what is remembered of them.
 */

const WISHES = array( '12:1', '13:2.5' );

function answer_of( array $other = array(), array $offer = array(), array $line = array() ) {
	$first  = $line + array(
		'product'  => '12',
		'sku'      => '',
		'quantity' => '1',
		'offer'    => $offer + array(
			'state'        => 'agreed',
			'currency'     => 'EUR',
			'amount'       => '7',
			'includes_tax' => false,
		),
	);
	$second = array(
		'product'  => '13',
		'quantity' => '2.50',
		'offer'    => array(
			'state'    => 'usual',
			'currency' => 'EUR',
		),
	);
	return json_encode(
		$other + array(
			'contract' => true,
			'account'  => '7',
			'title'    => 'Veleprodaja',
			'mark'     => 'p1.a1',
			'lines'    => array( $first, $second ),
		)
	);
}

function read_answer( $content, array $shop = array() ) {
	return PanStore_Answer::read( $content, 7, WISHES, $shop + SHOP );
}

check(
	'a_question_names_account_currency_and_goods',
	static function () {
		same(
			'{"account":"7","currency":"EUR","lines":[{"product":"12","quantity":"1"},{"product":"13","quantity":"2.5"}]}',
			json_encode( PanStore_Answer::question( 7, WISHES, 'EUR' ) )
		);
	}
);

check(
	'a_question_says_when_the_account_was_opened',
	static function () {
		$opened = PanStore_Answer::question( 7, WISHES, 'EUR', '2026-11-24 03:50:31' );
		same( '2026-11-24T03:50:31+00:00', $opened['opened_at'] );
		$lost = PanStore_Answer::question( 7, WISHES, 'EUR', '0000-00-00 00:00:00' );
		same( false, isset( $lost['opened_at'] ) );
	}
);

check(
	'an_answer_is_read_as_offers',
	static function () {
		$quote = read_answer( answer_of() );
		same( array( true, 'Veleprodaja', 'p1.a1', true ), array( $quote->contract, $quote->title, $quote->agreement, $quote->certain ) );
		same( 'agreed:7.00', $quote->offers['12:1']->price() );
		same( 'usual:', $quote->offers['13:2.5']->price() );
		$quote = read_answer( '{"contract":false}' );
		same( array( false, true ), array( $quote->contract, $quote->certain ) );
	}
);

check(
	'dates_and_doubts_are_read',
	static function () {
		$offer = read_answer( answer_of( array(), array( 'valid_until' => '2026-12-01T00:00:00+01:00' ) ) )->offers['12:1'];
		same( array( strtotime( '2026-11-30T23:00:00Z' ), true ), array( $offer->until, $offer->certain ) );
		same( false, read_answer( answer_of( array(), array( 'as_of' => '2026-11-24T00:00:00Z' ) ) )->offers['12:1']->certain );
		same( false, read_answer( answer_of( array(), array( 'state' => 'withheld', 'code' => 'contract.not_known' ) ) )->offers['12:1']->certain );
		same( false, read_answer( answer_of( array( 'certain' => false ) ) )->certain );
	}
);

check(
	'a_price_the_shop_cannot_charge_is_withheld',
	static function () {
		foreach ( array( array( 'amount' => '0' ), array( 'amount' => '-1' ), array( 'amount' => '7.001' ), array( 'amount' => 7.5 ), array( 'amount' => null ), array( 'currency' => 'USD' ), array( 'includes_tax' => true ) ) as $wrong ) {
			same( 'withheld:', read_answer( answer_of( array(), $wrong ) )->offers['12:1']->price(), json_encode( $wrong ) );
		}
		same( 'agreed:7.00', read_answer( answer_of( array(), array( 'includes_tax' => true ) ), array( 'includes_tax' => true ) )->offers['12:1']->price() );
	}
);

check(
	'what_is_no_answer_to_the_question_is_not_believed',
	static function () {
		$wrong = array(
			'no JSON'         => 'nonsense',
			'no object'       => '[]',
			'no word'         => '{}',
			'a word'          => '{"contract":"no"}',
			'another account' => answer_of( array( 'account' => '8' ) ),
			'no lines'        => answer_of( array( 'lines' => array() ) ),
			'other goods'     => answer_of( array(), array(), array( 'product' => '99' ) ),
			'other quantity'  => answer_of( array(), array(), array( 'quantity' => '2' ) ),
			'unknown state'   => answer_of( array(), array( 'state' => 'free' ) ),
			'no zone'         => answer_of( array(), array( 'valid_until' => '2026-12-01T00:00:00' ) ),
			'certain what'    => answer_of( array( 'certain' => 'yes' ) ),
			'odd line'        => answer_of( array( 'lines' => array( 1, 2 ) ) ),
		);
		foreach ( $wrong as $what => $content ) {
			same( null, read_answer( $content ), $what );
		}
	}
);

function remembered( array $offers, $mark = 'p1.a1', $now = NOON, $kept = null, $title = 'Wholesale' ) {
	return PanStore_Memory::after( $kept, new PanStore_Quote( true, $offers, $title, $mark ), $now );
}

check(
	'what_stays_the_same_is_not_written_again',
	static function () {
		$seven = array( '12:1' => new PanStore_Offer( 'agreed', '7.00' ) );
		$kept  = remembered( $seven );
		same( $kept, remembered( $seven, 'p1.a1', NOON + 21599, $kept ) );
		same( NOON + 21600, remembered( $seven, 'p1.a1', NOON + 21600, $kept )['offers']['12:1']['known'] );
		same( $kept, remembered( array( '12:1' => new PanStore_Offer( 'agreed', '6.00', null, false ) ), 'p1.a1', NOON + 1, $kept ), 'what PanStore only remembers is not news' );
	}
);

check(
	'another_party_or_agreement_forgets_everything',
	static function () {
		$kept = remembered( array( '12:1' => new PanStore_Offer( 'agreed', '7.00' ) ) );
		foreach ( array( 'p2.a1' => 0, 'p1.a2' => 0, 'p1.' => 1, 'p1.a1' => 1 ) as $mark => $left ) {
			$after = remembered( array(), $mark, NOON + 1, $kept, '' );
			same( $left, count( $after['offers'] ), $mark );
			same( $left ? 'Wholesale' : '', $after['title'], $mark );
			same( $left ? 'p1.a1' : $mark, $after['mark'], $mark );
		}
	}
);

check(
	'a_changed_price_forgets_what_was_said_for_other_quantities',
	static function () {
		$kept  = remembered( array( '12:1' => new PanStore_Offer( 'agreed', '7.00' ), '12:5' => new PanStore_Offer( 'agreed', '6.00' ), '13:1' => new PanStore_Offer( 'usual' ) ) );
		$after = remembered( array( '12:1' => new PanStore_Offer( 'agreed', '8.00' ) ), 'p1.a1', NOON + 1, $kept );
		$left  = array_keys( $after['offers'] );
		sort( $left );
		same( array( '12:1', '13:1' ), $left );
	}
);

check(
	'while_panstore_is_silent_the_setting_decides',
	static function () {
		$kept  = remembered( array( '12:1' => new PanStore_Offer( 'agreed', '7.00', NOON + 100 ) ) );
		$state = static function ( $down, $now ) use ( $kept ) {
			$quote = PanStore_Memory::recalled( $kept, array( '12:1', '13:1' ), $down, $now );
			same( array( true, false ), array( $quote->contract, $quote->certain ) );
			return $quote->offers['12:1']->price() . ' ' . $quote->offers['13:1']->price();
		};
		same( 'agreed:7.00 withheld:', $state( 'last_known', NOON + 99 ) );
		same( 'withheld: withheld:', $state( 'last_known', NOON + 100 ) );
		same( 'withheld: withheld:', $state( 'last_known', NOON + 86400 ) );
		same( 'usual: usual:', $state( 'usual', NOON ) );
		same( 'withheld: withheld:', $state( 'withhold', NOON ) );
		foreach ( array( null, array( 'contract' => false ) ) as $nothing ) {
			$quote = PanStore_Memory::recalled( $nothing, array( '12:1' ), 'withhold', NOON );
			same( array( false, false ), array( $quote->contract, $quote->certain ), 'never told to have an agreement' );
		}
	}
);
