<?php
/**
 * Runs the checks of the plugin's pure classes with plain PHP and prints what became of each as JSON.
 *
 * Usage: php run.php DIRECTORY-OF-THE-PLUGIN
 */

error_reporting( E_ALL );
set_error_handler(
	static function ( $level, $text, $file, $line ) {
		throw new ErrorException( $text, 0, $level, $file, $line );
	}
);
date_default_timezone_set( 'America/New_York' );

foreach ( array( 'decimal', 'refusal', 'fields', 'offer', 'quote', 'offers', 'signature', 'answer', 'memory', 'documents' ) as $name ) {
	require_once $argv[1] . "/includes/class-panstore-$name.php";
}

// 2026-11-19 12:00 UTC.
const NOON = 1795089600;
const SHOP = array(
	'currency'     => 'EUR',
	'includes_tax' => false,
	'places'       => 2,
	'down'         => 'withhold',
);

$outcomes = array();

function same( $expected, $found, $what = '' ) {
	if ( $expected !== $found ) {
		throw new Exception( trim( "$what expected " . var_export( $expected, true ) . ', found ' . var_export( $found, true ) ) );
	}
}

function refused( $word, callable $work ) {
	try {
		$work();
	} catch ( PanStore_Refusal $error ) {
		same( $word, $error->word );
		same( true, '' !== $error->getMessage() );
		return;
	}
	throw new Exception( "nothing was refused, expected $word" );
}

function check( $name, callable $work ) {
	global $outcomes;
	try {
		$work();
		$outcomes[ $name ] = '';
	} catch ( Throwable $error ) {
		$outcomes[ $name ] = $error->getMessage() . ' at ' . basename( $error->getFile() ) . ':' . $error->getLine();
	}
}

foreach ( glob( __DIR__ . '/check-*.php' ) as $file ) {
	require $file;
}
echo json_encode( $outcomes );
