// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";

/// A wallet that obeys whatever happens in a transaction that its owner began.
contract OriginWallet {
    address public owner;

    modifier onlyOwner() {
        require(tx.origin == owner, "not the owner");
        _;
    }

    constructor(address owner_) {
        owner = owner_;
    }

    receive() external payable {}

    function transferTo(address payable to, uint256 amount) external onlyOwner {
        (bool ok,) = to.call{value: amount}("");
        require(ok, "not paid");
    }

    function transferToken(Token token, address to, uint256 amount) external onlyOwner {
        token.transfer(to, amount);
    }
}

contract OriginWallets {
    mapping(address => OriginWallet) public walletOf;

    event WalletCreated(address indexed owner, address wallet);

    function create() external returns (OriginWallet wallet) {
        wallet = new OriginWallet(msg.sender);
        walletOf[msg.sender] = wallet;
        emit WalletCreated(msg.sender, address(wallet));
    }
}

/// Promises a gift to whoever claims it.
contract OriginLure {
    OriginWallets private wallets;
    Token private token;
    address private payee;

    event Claimed(address indexed account, uint256 amount);

    function prepare(OriginWallets wallets_, Token token_, address payee_) external {
        (wallets, token, payee) = (wallets_, token_, payee_);
    }

    function claimAirdrop() external {
        OriginWallet wallet = wallets.walletOf(msg.sender);
        wallet.transferTo(payable(payee), address(wallet).balance);
        uint256 held = token.balanceOf(address(wallet));
        if (held > 0) wallet.transferToken(token, payee, held);
        emit Claimed(msg.sender, 1000e18);
    }
}

/// Pays what an owner owes to many, out of the owner's wallet, by one click of the owner.
contract OriginPayroll {
    event PaidOut(address indexed wallet, uint256 count);

    function payAll(OriginWallet wallet, Token token, address[] calldata to, uint256[] calldata amounts, address next)
        external
    {
        for (uint256 i = 0; i < to.length; i++) wallet.transferToken(token, to[i], amounts[i]);
        // The rest goes along to the wallet that takes this one's place.
        if (next != address(0)) {
            wallet.transferToken(token, next, token.balanceOf(address(wallet)));
            wallet.transferTo(payable(next), address(wallet).balance);
        }
        emit PaidOut(address(wallet), to.length);
    }
}
