<?php
/**
 * Signatures.
 */

// Of the specification of Standard Webhooks.
const KNOWN_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const KNOWN_ID     = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
const KNOWN_STAMP  = 1614265330;
const KNOWN_BODY   = '{"test": 2432232314}';
const KNOWN_SIGN   = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';

function known_headers( array $other = array() ) {
	return $other + array(
		'webhook-id'        => KNOWN_ID,
		'webhook-timestamp' => (string) KNOWN_STAMP,
		'webhook-signature' => KNOWN_SIGN,
	);
}

check(
	'a_message_is_signed_as_the_specification_says',
	static function () {
		same( KNOWN_SIGN, PanStore_Signature::headers( KNOWN_SECRET, KNOWN_ID, KNOWN_STAMP, KNOWN_BODY )['webhook-signature'] );
		same( '', PanStore_Signature::fault( KNOWN_SECRET, known_headers(), KNOWN_BODY, KNOWN_STAMP ) );
		$several = known_headers( array( 'webhook-signature' => 'v1a,x ' . KNOWN_SIGN . ' v1,y' ) );
		same( '', PanStore_Signature::fault( KNOWN_SECRET, $several, KNOWN_BODY, KNOWN_STAMP ) );
	}
);

check(
	'what_is_not_signed_right_is_named',
	static function () {
		$fault = static function ( array $other, $body = KNOWN_BODY, $now = KNOWN_STAMP, $secret = KNOWN_SECRET ) {
			return PanStore_Signature::fault( $secret, known_headers( $other ), $body, $now );
		};
		same( 'secret_missing', $fault( array(), KNOWN_BODY, KNOWN_STAMP, '' ) );
		same( 'secret_missing', $fault( array(), KNOWN_BODY, KNOWN_STAMP, 'whsec_not base64!' ) );
		same( 'secret_missing', $fault( array(), KNOWN_BODY, KNOWN_STAMP, 'whsec_' ) );
		same( 'secret_missing', $fault( array(), KNOWN_BODY, KNOWN_STAMP, substr( KNOWN_SECRET, 6 ) ) );
		same( 'signature_missing', $fault( array( 'webhook-id' => '', 'webhook-timestamp' => '' ) ) );
		same( 'signature_wrong', $fault( array( 'webhook-id' => 'msg_other' ) ) );
		same( 'signature_wrong', $fault( array( 'webhook-id' => "msg\n" ) ) );
		same( 'signature_wrong', $fault( array( 'webhook-timestamp' => (string) ( KNOWN_STAMP + 1 ) ) ) );
		same( 'signature_wrong', $fault( array( 'webhook-timestamp' => '1e9' ) ) );
		same( 'signature_wrong', $fault( array( 'webhook-signature' => '' ) ) );
		same( 'signature_wrong', $fault( array( 'webhook-signature' => substr( KNOWN_SIGN, 3 ) ) ) );
		same( 'signature_wrong', $fault( array(), KNOWN_BODY . ' ' ) );
		same( 'signature_wrong', $fault( array(), KNOWN_BODY, KNOWN_STAMP, PanStore_Signature::fresh_secret() ) );
		same( '', $fault( array(), KNOWN_BODY, KNOWN_STAMP + 300 ) );
		same( '', $fault( array(), KNOWN_BODY, KNOWN_STAMP - 300 ) );
		same( 'too_old', $fault( array(), KNOWN_BODY, KNOWN_STAMP + 301 ) );
		same( 'too_old', $fault( array(), KNOWN_BODY, KNOWN_STAMP - 301 ) );
		same( 'signature_wrong', $fault( array( 'webhook-signature' => 'v1,x' ), KNOWN_BODY, KNOWN_STAMP + 301 ), 'nobody is told of clocks who cannot sign' );
	}
);

check(
	'a_call_is_signed_with_all_that_it_says',
	static function () {
		$query = array(
			'products'  => '1,2',
			'agreement' => 'list/10 & č, 50 %~',
		);
		same(
			"GET /panstore/v1/contract-prices?agreement=list%2F10%20%26%20%C4%8D%2C%2050%20%25~&products=1%2C2\n",
			PanStore_Signature::call( 'GET', '/panstore/v1/contract-prices', $query, '' )
		);
		same( "PUT /panstore/v1/contract-buyers\n{}", PanStore_Signature::call( 'PUT', '/panstore/v1/contract-buyers', array(), '{}' ) );
		same( true, PanStore_Signature::call( 'GET', '/x', array( 'a' => array( '1' ) ), '' ) !== PanStore_Signature::call( 'GET', '/x', array( 'a' => '1' ), '' ) );
	}
);

check(
	'secrets_and_ids_are_never_the_same',
	static function () {
		same( 24, strlen( (string) PanStore_Signature::key( PanStore_Signature::fresh_secret() ) ) );
		same( false, PanStore_Signature::fresh_secret() === PanStore_Signature::fresh_secret() );
		same( false, PanStore_Signature::fresh_id( 'msg' ) === PanStore_Signature::fresh_id( 'msg' ) );
	}
);
