<?php
/**
 * Documents told to an order.
 */

function kept_document( array $changes = array() ): array {
	return array_merge(
		array(
			'kind'   => 'invoice',
			'number' => '2026-1',
			'url'    => 'https://erp.example/d/abc',
		),
		$changes
	);
}

check(
	'documents_are_listed_each_once',
	static function () {
		$kept = json_encode( array( kept_document(), kept_document( array( 'kind' => 'credit_note' ) ), kept_document( array( 'url' => 'https://erp.example/d/new' ) ) ) );
		same(
			array(
				kept_document( array( 'url' => 'https://erp.example/d/new' ) ),
				kept_document( array( 'kind' => 'credit_note' ) ),
			),
			PanStore_Documents::listed( $kept )
		);
	}
);

check(
	'what_is_no_document_is_not_shown',
	static function () {
		foreach ( array( '', 'x', '7', '{}', '[1]', array(), null, '[{"kind":"invoice"}]' ) as $nothing ) {
			same( array(), PanStore_Documents::listed( $nothing ) );
		}
		foreach ( array( 'javascript:alert(1)', '//erp.example', 'ftp://erp.example', '' ) as $url ) {
			same( array(), PanStore_Documents::listed( json_encode( array( kept_document( array( 'url' => $url ) ) ) ) ) );
		}
	}
);
