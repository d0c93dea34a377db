// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Pool} from "../props/Markets.sol";
import {Shop} from "../props/Shop.sol";
import {Token} from "../props/Tokens.sol";

/// A vault of the usual interface (ERC-4626) without a defence of its first depositor.
contract MetaVault is Token {
    Token public immutable asset;

    event Deposit(address indexed sender, address indexed owner, uint256 assets, uint256 shares);
    event Withdraw(address indexed sender, address indexed receiver, address indexed owner, uint256 assets, uint256 shares);

    constructor(Token asset_) Token("mvUSDC", 6) {
        asset = asset_;
    }

    function deposit(uint256 assets, address to) external returns (uint256 shares) {
        require((shares = previewDeposit(assets)) != 0, "ZERO_SHARES");
        asset.transferFrom(msg.sender, address(this), assets);
        _mint(to, shares);
        emit Deposit(msg.sender, to, assets, shares);
    }

    function redeem(uint256 shares, address to, address owner) external returns (uint256 assets) {
        if (msg.sender != owner) allowance[owner][msg.sender] -= shares;
        require((assets = convertToAssets(shares)) != 0, "ZERO_ASSETS");
        _burn(owner, shares);
        asset.transfer(to, assets);
        emit Withdraw(msg.sender, to, owner, assets, shares);
    }

    function totalAssets() public view returns (uint256) {
        return asset.balanceOf(address(this));
    }

    function previewDeposit(uint256 assets) public view returns (uint256) {
        return totalSupply == 0 ? assets : assets * totalSupply / totalAssets();
    }

    function convertToAssets(uint256 shares) public view returns (uint256) {
        return totalSupply == 0 ? shares : shares * totalAssets() / totalSupply;
    }
}

/// Is there first, and makes a share so dear that those who come next get too few for what they bring.
contract FirstDepositor {
    function bait(MetaVault vault, Pool pool) external payable {
        Token asset = vault.asset();
        Shop.buy(pool, msg.value);
        if (vault.totalSupply() == 0) {
            asset.approve(address(vault), 1);
            vault.deposit(1, address(this));
        }
        asset.transfer(address(vault), asset.balanceOf(address(this)));
    }

    function reap(MetaVault vault, address payee) external {
        vault.redeem(vault.balanceOf(address(this)), payee, address(this));
    }
}
